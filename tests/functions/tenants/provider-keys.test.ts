import { expect, test } from 'vitest';
import { createTestPlatform, createToken, type TestPlatform } from '#tests/support/platform.ts';
import { createPlatformAdmin, createTenantAdmin } from './admin.ts';

const secret = 'a-secret-for-keys-of-providers-1234567890';
const apiKey = 'sk-a-key-of-a-provider-7f3a';
const path = '/v1/tenants/acme/provider-keys';

const createPlatform = () => createTestPlatform({ PROVIDER_KEY_SECRET: secret });

const list = async ({ call }: TestPlatform, token: string): Promise<unknown> =>
  (await call(`GET ${path}`, { token })).json();

test('a key is kept, listed by its last characters, replaced and removed', async () => {
  const platform = await createPlatform();
  const token = await createTenantAdmin();
  const set = (key: string) => platform.call(`PUT ${path}/openai`, { token, json: { api_key: key } });
  expect((await set(apiKey)).status).toBe(204);
  expect(await list(platform, token)).toEqual({
    provider_keys: [{ provider: 'openai', created_at: expect.any(String), hint: '7f3a' }],
  });
  expect((await set('a-short-one')).status).toBe(204);
  expect(await list(platform, token)).toMatchObject({ provider_keys: [{ provider: 'openai', hint: '' }] });
  expect((await platform.call(`DELETE ${path}/openai`, { token })).status).toBe(204);
  expect(await list(platform, token)).toEqual({ provider_keys: [] });
  expect((await platform.call(`DELETE ${path}/openai`, { token })).status).toBe(404);
});

test('changes are audited, and no event holds the key', async () => {
  const platform = await createPlatform();
  const token = await createTenantAdmin();
  await platform.call(`PUT ${path}/openai`, { token, json: { api_key: apiKey } });
  await platform.call(`DELETE ${path}/openai`, { token });
  const admin = { target: 'openai', tenant_id: 'acme', user_id: 'admin-1' };
  const audits = platform.logged.filter(({ event, tenant_id }) => event === 'audit' && tenant_id === 'acme');
  expect(audits).toMatchObject([
    { ...admin, action: 'provider_key.set', outcome: 'begun', sequence: 1 },
    { ...admin, action: 'provider_key.set', outcome: 'success', intent: 1 },
    { ...admin, action: 'provider_key.remove', outcome: 'begun', sequence: 3 },
    { ...admin, action: 'provider_key.remove', outcome: 'success', intent: 3 },
  ]);
  expect(JSON.stringify(platform.logged)).not.toContain(apiKey);
});

test('the platform may manage them for a tenant; its users may not, nor may another tenant', async () => {
  const platform = await createPlatform();
  await platform.addTenant('acme');
  const call = (target: string, token: string) =>
    platform.call(target, { token, ...(target.startsWith('PUT') ? { json: { api_key: apiKey } } : {}) });
  const targets = [`PUT ${path}/openai`, `GET ${path}`, `DELETE ${path}/openai`];
  const admin = await createPlatformAdmin();
  for (const target of targets) expect((await call(target, admin)).status).toBeLessThan(300);
  for (const role of ['member', 'reader']) {
    const token = await createToken({ role });
    for (const target of targets) expect(await (await call(target, token)).json()).toMatchObject({ code: 'forbidden' });
  }
  const foreign = await createTenantAdmin('beta');
  for (const target of targets) {
    expect(await (await call(target, foreign)).json()).toMatchObject({ code: 'tenant_mismatch' });
  }
  const nobody = await call('GET /v1/tenants/nobody/provider-keys', admin);
  expect(nobody.status).toBe(404);
});

test.each([
  [{ api_key: 'short' }],
  [{ api_key: 'with a space in it' }],
  [{ api_key: 'with-a-line-end\n' }],
  [{ api_key: 'x'.repeat(4_097) }],
  [{ api_key: 1234567890 }],
  [{ api_key: [apiKey] }],
  [{}],
  [{ api_key: apiKey, note: 'a note of nobody' }],
])('%j is refused, and not repeated', async (json) => {
  const platform = await createPlatform();
  const response = await platform.call(`PUT ${path}/openai`, { token: await createTenantAdmin(), json });
  expect(response.status).toBe(400);
  const text = await response.text();
  for (const value of Object.values(json)) expect(text).not.toContain(String(value));
  expect(JSON.stringify(platform.logged)).not.toContain(apiKey);
});

test.each(['Open%20AI', 'OPENAI', 'a'.repeat(65), '..%2fkeys'])('%s is no provider', async (provider) => {
  const { call } = await createPlatform();
  const token = await createTenantAdmin();
  expect((await call(`PUT ${path}/${provider}`, { token, json: { api_key: apiKey } })).status).toBe(404);
});

test('a platform without a secret for them says so, and goes on listing and removing', async () => {
  const platform = await createTestPlatform();
  const token = await createTenantAdmin();
  const response = await platform.call(`PUT ${path}/openai`, { token, json: { api_key: apiKey } });
  expect(await response.json()).toMatchObject({
    status: 409,
    code: 'conflict',
    detail: 'This platform is not set up to keep keys of providers',
  });
  expect(await list(platform, token)).toEqual({ provider_keys: [] });
  expect((await platform.call(`DELETE ${path}/openai`, { token })).status).toBe(404);
});

test('an erasure destroys them, and a deletion does', async () => {
  const platform = await createPlatform();
  await platform.addTenant('acme');
  const admin = await createPlatformAdmin();
  const set = () => platform.call(`PUT ${path}/openai`, { token: admin, json: { api_key: apiKey } });
  expect((await set()).status).toBe(204);
  const erased = await platform.call('POST /v1/tenants/acme/erase', { token: admin });
  expect(await erased.json()).toMatchObject({ erased: { state_records: 1 } });
  expect(await list(platform, admin)).toEqual({ provider_keys: [] });
  expect((await set()).status).toBe(204);
  expect((await platform.call('DELETE /v1/tenants/acme', { token: admin })).status).toBe(204);
  await platform.addTenant('acme');
  expect(await list(platform, admin)).toEqual({ provider_keys: [] });
});

test.each(['too-short', '{}', '{"a":"too-short"}', '{"a":1}'])('%s is no secret to start with', async (value) => {
  await expect(createTestPlatform({ PROVIDER_KEY_SECRET: value })).rejects.toThrow(
    'PROVIDER_KEY_SECRET must be a secret of at least 32 bytes, or a JSON object of such secrets by id',
  );
});
