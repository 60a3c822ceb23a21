import { jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { createRemoteJwks } from '#lib/auth/remote-jwks.ts';
import { startIssuer } from './issuer.ts';

const second = 1_000;
const hour = 60 * 60 * second;

async function startAtIssuer() {
  const issuer = await startIssuer();
  const clock = { at: 1_000_000 };
  const findKey = createRemoteJwks({ url: issuer.url, now: () => clock.at });
  return { issuer, clock, verify: (token: string) => jwtVerify(token, findKey) };
}

test('a rotated key is accepted after one more fetch', async () => {
  const { issuer, clock, verify } = await startAtIssuer();
  const signOld = await issuer.addKey('ES256', 'old');
  await verify(await signOld());
  const signNew = await issuer.addKey('ES256', 'new');

  clock.at += 31 * second;
  await expect(verify(await signNew())).resolves.toMatchObject({ protectedHeader: { kid: 'new' } });
  await verify(await signOld());
  expect(issuer.fetches()).toBe(2);
});

test('a key that was taken out stops when the set is read again', async () => {
  const { issuer, clock, verify } = await startAtIssuer();
  const sign = await issuer.addKey('ES256', 'old');
  await issuer.addKey('ES256', 'new');
  await verify(await sign());
  issuer.removeKey('old');
  clock.at += 11 * 60 * second;
  await expect(verify(await sign())).rejects.toThrow();
});

test('unknown key ids cost one fetch in 30 s', async () => {
  const { issuer, clock, verify } = await startAtIssuer();
  const sign = await issuer.addKey('ES256', 'known');
  const forge = await issuer.addKey('ES256', 'unknown', { isPublished: false });
  await verify(await sign());

  for (let passed = 0; passed < 60; passed += 1) {
    const token = await forge();
    await Promise.all(
      [1, 2, 3].map(() => expect(verify(token)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })),
    );
    clock.at += second;
  }
  expect(issuer.fetches()).toBe(2);
  await verify(await sign());
});

test('many first requests share one fetch', async () => {
  const { issuer, verify } = await startAtIssuer();
  const sign = await issuer.addKey('ES256', 'known');
  const token = await sign();
  await Promise.all(Array.from({ length: 20 }, () => verify(token)));
  expect(issuer.fetches()).toBe(1);
});

test('known keys serve a day without the issuer, then no longer', async () => {
  const { issuer, clock, verify } = await startAtIssuer();
  const sign = await issuer.addKey('ES256', 'known');
  const token = await sign({ exp: undefined });
  await verify(token);
  issuer.fail(503);

  clock.at += 23 * hour;
  await verify(token);
  clock.at += 2 * hour;
  await expect(verify(token)).rejects.toMatchObject({ code: 'auth_unavailable' });
});

test('an issuer that is down is asked once in 30 s, and serves as soon as it is back', async () => {
  const { issuer, clock, verify } = await startAtIssuer();
  const sign = await issuer.addKey('ES256', 'known');
  const token = await sign();
  issuer.fail(500);
  for (let attempt = 0; attempt < 10; attempt += 1)
    await expect(verify(token)).rejects.toMatchObject({ code: 'auth_unavailable' });
  expect(issuer.fetches()).toBe(1);

  issuer.fail(200);
  clock.at += 31 * second;
  await verify(token);
});

test.each([
  ['no JSON', 'keys'],
  ['no key set', '{"keys":"all"}'],
  ['too large', JSON.stringify({ keys: [{ kty: 'RSA', n: 'x'.repeat(300_000) }] })],
])('an answer that is %s is no key set', async (_name, body) => {
  const { issuer } = await startAtIssuer();
  const sign = await issuer.addKey('ES256', 'known');
  const fetch = async () => new Response(body);
  const findKey = createRemoteJwks({ url: issuer.url, now: () => 0, fetch });
  await expect(jwtVerify(await sign(), findKey)).rejects.toMatchObject({ code: 'auth_unavailable' });
});
