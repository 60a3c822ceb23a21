import { expect, test } from 'vitest';
import { createTestPlatform, createToken, type TestPlatform } from '#tests/support/platform.ts';
import { createKey, createPlatformAdmin, createTenantAdmin } from './admin.ts';

const newKey = { name: 'A key', role: 'member' };
const newTenant = { id: 'other', name: 'Other' };

/** What the tenant's own administrator, member and reader may do; the platform's administrator may do it all. */
const table: [target: string, json: object | undefined, tenantAdmin: number, member: number][] = [
  ['POST /v1/tenants', newTenant, 403, 403],
  ['GET /v1/tenants', undefined, 403, 403],
  ['GET /v1/tenants/acme', undefined, 200, 403],
  ['PATCH /v1/tenants/acme', { name: 'New name' }, 200, 403],
  ['PATCH /v1/tenants/acme', { limits: { requests_per_minute: 9_999 } }, 403, 403],
  ['PATCH /v1/tenants/acme', { limits: { requests_per_minute: null } }, 403, 403],
  ['PATCH /v1/tenants/acme', { budget: null }, 403, 403],
  ['PATCH /v1/tenants/acme', { name: 'New name', models: null }, 403, 403],
  ['POST /v1/tenants/acme/suspend', undefined, 403, 403],
  ['POST /v1/tenants/acme/resume', undefined, 403, 403],
  ['POST /v1/tenants/acme/erase', undefined, 200, 403],
  ['GET /v1/tenants/acme/keys', undefined, 200, 403],
  ['POST /v1/tenants/acme/keys', newKey, 201, 403],
  ['DELETE /v1/tenants/acme', undefined, 403, 403],
];

async function createWorld(): Promise<TestPlatform> {
  const platform = await createTestPlatform();
  const token = await createPlatformAdmin();
  const json = { id: 'acme', name: 'Acme', limits: { requests_per_minute: 600 }, models: ['small'] };
  expect((await platform.call('POST /v1/tenants', { token, json })).status).toBe(201);
  return platform;
}

test.each(table)('%s %j', async (target, json, tenantAdmin, member) => {
  const platform = await createWorld();
  const { call } = platform;
  const before = await (await call('GET /v1/tenants/acme', { token: await createPlatformAdmin() })).json();
  const read = async () => (await call('GET /v1/tenants/acme', { token: await createPlatformAdmin() })).json();
  const tokens = [await createToken(), await createToken({ role: 'reader' }), (await createKey(platform)).key];
  for (const token of tokens) {
    const response = await call(target, { token, json });
    expect(response.status).toBe(member);
    expect(await response.json()).toMatchObject({ code: 'forbidden' });
  }
  expect(await read()).toEqual(before);

  const response = await call(target, { token: await createTenantAdmin(), json });
  expect(response.status).toBe(tenantAdmin);
  if (tenantAdmin === 403) expect(await read()).toEqual(before);

  const platformAdmin = await call(target, { token: await createPlatformAdmin(), json });
  expect(platformAdmin.status).toBeLessThan(300);
});

test('a key of an administrator may do what the administrator may', async () => {
  const platform = await createWorld();
  const { key } = await createKey(platform, { role: 'tenant_admin' });
  expect((await platform.call('POST /v1/tenants/acme/keys', { token: key, json: newKey })).status).toBe(201);
  expect((await platform.call('GET /v1/tenants', { token: key })).status).toBe(403);
});

test("another tenant's administrator learns nothing of a tenant", async () => {
  const platform = await createWorld();
  const token = await createTenantAdmin('beta');
  const headers = { 'x-request-id': 'same-request' };
  for (const [target, json] of table.filter(([name]) => name.includes('/acme'))) {
    const foreign = await platform.call(target, { token, json, headers });
    const missing = await platform.call(target.replace('/acme', '/none'), { token, json, headers });
    expect([403, 404], target).toContain(foreign.status);
    expect(missing.status, target).toBe(foreign.status);
    expect(await foreign.text(), target).toBe(await missing.text());
  }
});

test('the administrator of the platform reads no documents', async () => {
  const platform = await createWorld();
  const documents = [{ id: 'secret', text: 'A secret of acme.' }];
  expect((await platform.call('POST /v1/documents', { token: await createToken(), json: { documents } })).status).toBe(
    200,
  );
  const bare = await createPlatformAdmin();
  const within = await createToken({ role: 'platform_admin', tenant_id: 'acme' });
  for (const token of [bare, within]) {
    const responses = await Promise.all([
      platform.call('POST /v1/search', { token, json: { query: 'secret' } }),
      platform.call('POST /v1/query', { token, json: { question: 'secret?' } }),
      platform.call('GET /v1/documents', { token }),
      platform.call('GET /v1/documents/secret', { token }),
      platform.call('GET /v1/documents/secret/text', { token }),
      platform.call('DELETE /v1/documents/secret', { token }),
    ]);
    for (const response of responses) {
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(await response.text()).not.toContain('A secret');
    }
  }
});
