import { expect, test } from 'vitest';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { createKey, createPlatformAdmin, createTenantAdmin, exchange, searchWith } from './admin.ts';

test('suspension locks every credential out at once, and resuming lets them in again', async () => {
  const platform = await createTestPlatform();
  const admin = await createPlatformAdmin();
  await platform.addTenant('acme');
  const { key } = await createKey(platform);
  const credentials = [await createToken(), await createTenantAdmin(), key, await exchange(platform, key)];
  const statuses = () => Promise.all(credentials.map(async (token) => (await searchWith(platform, token)).status));
  expect(await statuses()).toEqual([200, 200, 200, 200]);

  const suspended = await platform.call('POST /v1/tenants/acme/suspend', { token: admin });
  expect(suspended.status).toBe(200);
  expect(await suspended.json()).toMatchObject({ id: 'acme', status: 'suspended' });
  expect(await statuses()).toEqual([403, 403, 403, 403]);
  const refusal = await searchWith(platform, key);
  expect(refusal.headers.get('content-type')).toBe('application/problem+json');
  expect(await refusal.json()).toMatchObject({ code: 'tenant_suspended' });
  expect((await platform.call('POST /v1/token', { token: key })).status).toBe(403);
  expect((await platform.call('GET /v1/tenants/acme/keys', { token: credentials[1] })).status).toBe(403);
  const again = await platform.call('POST /v1/tenants/acme/suspend', { token: admin });
  expect(again.status, 'suspending twice is the same').toBe(200);

  const resumed = await platform.call('POST /v1/tenants/acme/resume', { token: admin });
  expect(await resumed.json()).toMatchObject({ status: 'active' });
  expect(await statuses()).toEqual([200, 200, 200, 200]);
});

test('the platform still administers a suspended tenant; other tenants go on', async () => {
  const platform = await createTestPlatform();
  const token = await createPlatformAdmin();
  await platform.addTenant('acme');
  await platform.call('POST /v1/tenants/acme/suspend', { token });
  expect(await (await platform.call('GET /v1/tenants/acme', { token })).json()).toMatchObject({ status: 'suspended' });
  const renamed = await platform.call('PATCH /v1/tenants/acme', { token, json: { name: 'Late payer' } });
  expect(await renamed.json()).toMatchObject({ status: 'suspended', name: 'Late payer' });
  expect((await searchWith(platform, await createToken({ tenant_id: 'beta' }))).status).toBe(200);
  expect((await platform.call('DELETE /v1/tenants/acme', { token })).status).toBe(204);
});
