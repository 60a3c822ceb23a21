import { expect, test } from 'vitest';
import { createTestPlatform, createToken, type TestPlatform } from '#tests/support/platform.ts';
import { forgeToken, forgeUnsigned } from './credentials.ts';
import { startIssuer } from './issuer.ts';

const askWith = async ({ call }: TestPlatform, token: string) =>
  call('POST /v1/search', { token, json: { query: 'x' } });

test.each(['RS256', 'ES256', 'EdDSA'])('tokens of an issuer signed with %s are accepted', async (alg) => {
  const issuer = await startIssuer();
  const sign = await issuer.addKey(alg, 'key-1');
  const platform = await createTestPlatform({ JWKS_URL: issuer.url, JWT_SECRET: undefined });

  expect((await askWith(platform, await sign())).status).toBe(200);
  expect((await askWith(platform, await sign())).status).toBe(200);
  expect(issuer.fetches(), 'the key set is kept').toBe(1);
});

test('claims of an issuer are checked like all others', async () => {
  const issuer = await startIssuer();
  const sign = await issuer.addKey('ES256', 'key-1');
  const platform = await createTestPlatform({
    JWKS_URL: issuer.url,
    JWT_ISSUER: 'https://issuer.example',
    JWT_AUDIENCE: 'genai',
  });
  const good = { iss: 'https://issuer.example', aud: 'genai' };
  expect((await askWith(platform, await sign(good))).status).toBe(200);
  expect((await askWith(platform, await sign({ ...good, aud: 'other' }))).status).toBe(401);
  expect((await askWith(platform, await sign({ ...good, iss: 'https://evil.example' }))).status).toBe(401);
  expect((await askWith(platform, await sign({ ...good, tenant_id: '*' }))).status).toBe(401);
  expect((await askWith(platform, await sign({ ...good, exp: undefined }))).status).toBe(401);
});

test("a key that the issuer has not published doesn't serve, under a known id or a new one", async () => {
  const issuer = await startIssuer();
  await issuer.addKey('RS256', 'key-1');
  const signAsKnown = await issuer.addKey('RS256', 'key-1', { isPublished: false });
  const signAsNew = await issuer.addKey('RS256', 'key-2', { isPublished: false });
  const platform = await createTestPlatform({ JWKS_URL: issuer.url });
  expect((await askWith(platform, await signAsKnown())).status).toBe(401);
  expect((await askWith(platform, await signAsNew())).status).toBe(401);
});

test('a public key is no secret: HS256 over it is refused', async () => {
  const issuer = await startIssuer();
  await issuer.addKey('RS256', 'key-1');
  const text = await (await fetch(issuer.url)).text();
  const { keys } = JSON.parse(text);
  const platform = await createTestPlatform({ JWKS_URL: issuer.url, JWT_SECRET: undefined });
  for (const secret of [JSON.stringify(keys[0]), keys[0].n, text])
    expect((await askWith(platform, forgeToken({ kid: 'key-1' }, {}, secret))).status).toBe(401);
});

test('a symmetric key in the key set is not used', async () => {
  const issuer = await startIssuer();
  const secret = 'a-secret-that-the-issuer-leaked-to-all';
  issuer.publish({ kty: 'oct', kid: 'leaked', alg: 'HS256', k: Buffer.from(secret).toString('base64url') });
  const platform = await createTestPlatform({ JWKS_URL: issuer.url });
  expect((await askWith(platform, forgeToken({ kid: 'leaked' }, {}, secret))).status).toBe(401);
});

test('a flood of unknown key ids costs the issuer one fetch, and no known user a request', async () => {
  const issuer = await startIssuer();
  const sign = await issuer.addKey('ES256', 'key-1');
  const platform = await createTestPlatform({ JWKS_URL: issuer.url });
  expect((await askWith(platform, await sign())).status).toBe(200);

  const strangers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => issuer.addKey('EdDSA', `stranger-${index}`, { isPublished: false })),
  );
  const responses = await Promise.all(strangers.map(async (forge) => askWith(platform, await forge())));
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([401]));
  expect((await askWith(platform, await sign())).status).toBe(200);
  expect(issuer.fetches()).toBe(1);
});

test('an issuer that goes away after its first answer is not missed', async () => {
  const issuer = await startIssuer();
  const sign = await issuer.addKey('ES256', 'key-1');
  const platform = await createTestPlatform({ JWKS_URL: issuer.url });
  expect((await askWith(platform, await sign())).status).toBe(200);
  issuer.fail(500);
  expect((await askWith(platform, await sign())).status).toBe(200);
});

test('keys that could never be fetched are 503, not 401; other credentials go on', async () => {
  const issuer = await startIssuer();
  const sign = await issuer.addKey('ES256', 'key-1');
  issuer.fail(500);
  const platform = await createTestPlatform({ JWKS_URL: issuer.url });

  const response = await askWith(platform, await sign());
  expect(response.status).toBe(503);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ status: 503, code: 'auth_unavailable' });
  expect(text).not.toContain('127.0.0.1');
  expect((await askWith(platform, await createToken())).status).toBe(200);
  expect((await platform.call('GET /readyz')).status).toBe(200);
});

test('an issuer that cannot be reached is 503 as well', async () => {
  const issuer = await startIssuer();
  const sign = await issuer.addKey('ES256', 'key-1');
  const platform = await createTestPlatform({ JWKS_URL: 'http://127.0.0.1:1/jwks.json' });
  expect(await (await askWith(platform, await sign())).json()).toMatchObject({ code: 'auth_unavailable' });
});

test('no fetch is made for what no issuer could have signed', async () => {
  const issuer = await startIssuer();
  await issuer.addKey('ES256', 'key-1');
  const platform = await createTestPlatform({ JWKS_URL: issuer.url });
  const jku = issuer.url.replace('jwks', 'evil');
  for (const token of ['x', forgeUnsigned('none'), forgeToken({}, {}, 'wrong'.repeat(10)), 'gk_unknown'])
    expect((await askWith(platform, token)).status).toBe(401);
  await askWith(platform, forgeToken({ alg: 'HS256', jku, x5u: jku }));
  expect(issuer.fetches()).toBe(0);
});
