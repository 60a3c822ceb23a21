import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { forgeToken } from '#tests/auth/credentials.ts';
import { createTestPlatform } from '#tests/support/platform.ts';
import { createKey, createTenantAdmin, exchange, searchWith } from '../tenants/admin.ts';

test("a key's token belongs to the key's tenant, whatever the caller names", async () => {
  const platform = await createTestPlatform();
  await platform.addTenant('beta');
  const { key } = await createKey(platform);
  const response = await platform.call('POST /v1/token', { token: key, headers: { 'x-tenant-id': 'beta' } });
  expect(await response.json()).toMatchObject({ status: 403, code: 'tenant_mismatch' });
  expect(decodeJwt(await exchange(platform, key))).toMatchObject({ tenant_id: 'acme' });
});

test("one tenant's administrator can't end another's key", async () => {
  const platform = await createTestPlatform();
  const { id, key } = await createKey(platform);
  const beta = await createTenantAdmin('beta');
  expect((await platform.call(`DELETE /v1/tenants/beta/keys/${id}`, { token: beta })).status).toBe(404);
  expect((await platform.call(`POST /v1/tenants/beta/keys/${id}/rotate`, { token: beta })).status).toBe(404);
  expect([403, 404]).toContain((await platform.call(`DELETE /v1/tenants/acme/keys/${id}`, { token: beta })).status);
  expect((await searchWith(platform, key)).status).toBe(200);
});

test("a key's secret under another key's id is nothing", async () => {
  const platform = await createTestPlatform();
  const one = await createKey(platform);
  const other = await createKey(platform, {}, 'beta');
  const at = one.key.indexOf(one.id);
  if (at !== -1) {
    const mixed = one.key.replace(one.id, other.id);
    expect((await searchWith(platform, mixed)).status).toBe(401);
  }
  const tail = one.key.slice(0, -1) + (one.key.endsWith('A') ? 'B' : 'A');
  expect((await searchWith(platform, tail)).status).toBe(401);
  expect((await searchWith(platform, one.key.toUpperCase())).status).toBe(401);
  expect((await searchWith(platform, `${one.key} `.trimEnd())).status).toBe(200);
});

test('a token that only says it came from a key is not one', async () => {
  const platform = await createTestPlatform();
  const { id, key } = await createKey(platform, { role: 'reader' });
  const claims = decodeJwt(await exchange(platform, key));
  const raised = forgeToken({}, { ...claims, role: 'tenant_admin' }, 'a-secret-the-attacker-made-up-at-home');
  expect((await platform.call(`DELETE /v1/tenants/acme/keys/${id}`, { token: raised })).status).toBe(401);
});
