import * as jose from 'jose';
import { expect, test } from 'vitest';
import { createTenantTokens } from '#lib/retrieval/opensearch/tenant-tokens.ts';

const secret = new TextEncoder().encode('a-secret-of-the-engine-that-is-32-long');
const at = Date.UTC(2027, 0, 1);

test('a token names its tenant and its role, lives a minute, and opens nothing of the platform’s own', async () => {
  const token = (await createTenantTokens(secret, () => at)('acme')).slice('Bearer '.length);
  const { payload, protectedHeader } = await jose.jwtVerify(token, secret, { currentDate: new Date(at) });
  expect(payload).toEqual({
    sub: 'genai-platform',
    tenant: 'acme',
    roles: 'genai_tenant',
    iat: at / 1000,
    exp: at / 1000 + 60,
  });
  expect(protectedHeader.alg).toBe('HS256');
});

test('a long secret signs with SHA-512', async () => {
  const token = (await createTenantTokens(new Uint8Array(64).fill(1), () => at)('acme')).slice('Bearer '.length);
  expect(jose.decodeProtectedHeader(token).alg).toBe('HS512');
});

test('a tenant’s token is made once while it lives long enough, and never another tenant’s', async () => {
  let now = at;
  const mint = createTenantTokens(secret, () => now);
  const first = await mint('acme');
  now += 39_000;
  expect(await mint('acme')).toBe(first);
  expect(await mint('acme-corp')).not.toBe(first);
  now += 2_000;
  const second = await mint('acme');
  expect(second).not.toBe(first);
  expect(Number(jose.decodeJwt(second.slice('Bearer '.length)).exp) * 1000).toBeGreaterThan(now + 20_000);
});
