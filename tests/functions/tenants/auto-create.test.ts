import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { temporaryDirectory } from '#tests/support/process.ts';
import { createPlatformAdmin, searchWith } from './admin.ts';

test('a tenant is registered with its first good credential where that is allowed', async () => {
  const platform = await createTestPlatform();
  const token = await createToken();
  const statuses = await Promise.all([1, 2, 3, 4].map(async () => (await searchWith(platform, token)).status));
  expect(statuses).toEqual([200, 200, 200, 200]);
  const admin = await createPlatformAdmin();
  const listed = await (await platform.call('GET /v1/tenants', { token: admin })).json();
  expect(listed).toMatchObject({ tenants: [{ id: 'acme', status: 'active' }] });
});

test('that it was registered is in the platform’s trail, by whom it was, before anything else of it', async () => {
  const platform = await createTestPlatform();
  await searchWith(platform, await createToken({ sub: 'first-user' }));
  const response = await platform.call('GET /v1/audit', { token: await createPlatformAdmin() });
  const event = { tenant_id: '_platform', user_id: 'first-user', action: 'tenant.create', target: 'acme' };
  expect(await response.json()).toMatchObject({
    events: [
      { ...event, outcome: 'begun' },
      { ...event, outcome: 'success', intent: 1 },
    ],
  });
  const searched = platform.logged.findIndex(({ action }) => action === 'document.search');
  expect(platform.logged.findIndex(({ action }) => action === 'tenant.create')).toBeLessThan(searched);
});

test('no tenant is registered while the trail can’t be written', async () => {
  const directory = temporaryDirectory();
  const platform = await createTestPlatform({ DATA_DIR: directory });
  // Makes the file.
  await platform.call('GET /v1/audit', { token: await createPlatformAdmin() });
  const holder = new DatabaseSync(join(directory, 'audit.sqlite'));
  onTestFinished(() => holder.close());
  holder.exec("CREATE TRIGGER refuse BEFORE INSERT ON block BEGIN SELECT RAISE(ABORT, 'refused'); END");
  expect(await (await searchWith(platform, await createToken())).json()).toMatchObject({ code: 'search_unavailable' });
  holder.exec('DROP TRIGGER refuse');
  const listed = await platform.call('GET /v1/tenants', { token: await createPlatformAdmin() });
  expect(await listed.json()).toEqual({ tenants: [] });
});

test('a bad credential registers nothing', async () => {
  const platform = await createTestPlatform();
  await searchWith(platform, await createToken({}, { secret: 'another-secret-that-is-long-enough-too' }));
  const listed = await platform.call('GET /v1/tenants', { token: await createPlatformAdmin() });
  expect(await listed.json()).toEqual({ tenants: [] });
});

test('elsewhere a tenant that nobody registered is unknown', async () => {
  const platform = await createTestPlatform({ TENANT_AUTO_CREATE: 'false' });
  const response = await searchWith(platform, await createToken());
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({ status: 403, code: 'tenant_unknown' });
  const listed = await platform.call('GET /v1/tenants', { token: await createPlatformAdmin() });
  expect(await listed.json()).toEqual({ tenants: [] });

  await platform.addTenant('acme');
  expect((await searchWith(platform, await createToken())).status).toBe(200);
});

test('that is the rule unless it is switched on', async () => {
  const platform = await createTestPlatform({ TENANT_AUTO_CREATE: undefined });
  expect((await searchWith(platform, await createToken())).status).toBe(403);
});
