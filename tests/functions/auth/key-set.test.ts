import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { NewApiKeyResponse } from '#functions/tenants/keys-contract.ts';
import { forgeToken, toClaims } from '#tests/auth/credentials.ts';
import { parseBody } from '#tests/support/body.ts';
import { createTestPlatform, testSecret } from '#tests/support/platform.ts';
import { createKey, createTenantAdmin, exchange, searchWith } from '../tenants/admin.ts';

const createPrivateKey = async (alg: string) => {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(privateKey)), kid: 'platform-1', alg } };
};

test.each(['EdDSA', 'ES256', 'RS256'])(
  'with a private %s key the key set verifies the tokens, and shows the public part only',
  async (alg) => {
    const { jwk } = await createPrivateKey(alg);
    const platform = await createTestPlatform({ JWT_PRIVATE_KEY: JSON.stringify(jwk) });

    const response = await platform.call('GET /.well-known/jwks.json');
    expect(response.status).toBe(200);
    const keySet = JSON.parse(await response.text());
    expect(keySet.keys).toMatchObject([{ kid: 'platform-1', alg, kty: jwk.kty }]);
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'])
      expect(keySet.keys[0]).not.toHaveProperty(secret);

    const token = await exchange(platform, (await createKey(platform)).key);
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(keySet));
    expect(protectedHeader).toMatchObject({ alg, kid: 'platform-1' });
    expect(payload).toMatchObject({ tenant_id: 'acme', role: 'member' });
    expect((await searchWith(platform, token)).status).toBe(200);
  },
);

test("the platform's own public key is no secret: HS256 over it is refused", async () => {
  const { jwk } = await createPrivateKey('RS256');
  const platform = await createTestPlatform({ JWT_PRIVATE_KEY: JSON.stringify(jwk) });
  const text = await (await platform.call('GET /.well-known/jwks.json')).text();
  for (const secret of [text, JSON.stringify(JSON.parse(text).keys[0]), String(jwk.n)])
    expect((await searchWith(platform, forgeToken({ kid: 'platform-1' }, {}, secret))).status).toBe(401);
});

test("another key under the platform's key id is refused", async () => {
  const { jwk } = await createPrivateKey('ES256');
  const other = await createPrivateKey('ES256');
  const platform = await createTestPlatform({ JWT_PRIVATE_KEY: JSON.stringify(jwk) });
  const header = { alg: 'ES256', kid: 'platform-1' };
  const token = await new SignJWT(toClaims()).setProtectedHeader(header).sign(other.privateKey);
  expect((await searchWith(platform, token)).status).toBe(401);
});

test('without a private key the key set is empty, and holds nothing of the secret', async () => {
  const platform = await createTestPlatform();
  const text = await (await platform.call('GET /.well-known/jwks.json')).text();
  expect(JSON.parse(text)).toEqual({ keys: [] });
  expect(text).not.toContain(Buffer.from(testSecret).toString('base64url'));
});

test('with a private key alone tokens are issued and verified, and HS256 is not accepted', async () => {
  const { jwk, privateKey } = await createPrivateKey('EdDSA');
  const platform = await createTestPlatform({ JWT_PRIVATE_KEY: JSON.stringify(jwk), JWT_SECRET: undefined });
  const header = { alg: 'EdDSA', kid: 'platform-1' };
  const admin = await new SignJWT(toClaims({ role: 'tenant_admin' })).setProtectedHeader(header).sign(privateKey);
  const created = await platform.call('POST /v1/tenants/acme/keys', {
    token: admin,
    json: { name: 'A key', role: 'member' },
  });
  expect(created.status).toBe(201);
  const { key } = await parseBody(NewApiKeyResponse, created);
  expect((await searchWith(platform, await exchange(platform, key))).status).toBe(200);
  expect((await searchWith(platform, await createTenantAdmin())).status).toBe(401);
});

test.each([
  ['no JSON', '{'],
  ['a public key', 'public'],
  ['no kid', 'nameless'],
])('a private key that is %s stops the start and is not told', async (_name, kind) => {
  const { jwk } = await createPrivateKey('ES256');
  const { d: secret, ...publicPart } = jwk;
  const { kid: _kid, ...nameless } = jwk;
  const text = { public: JSON.stringify(publicPart), nameless: JSON.stringify(nameless) }[kind] ?? kind;
  const failure = await createTestPlatform({ JWT_PRIVATE_KEY: text }).catch(String);
  expect(failure).toMatch(/JWT_PRIVATE_KEY/);
  expect(failure).not.toContain(secret);
});
