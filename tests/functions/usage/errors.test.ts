import { expect, test } from 'vitest';
import { toEntry } from '#tests/usage/fake-usage-store.ts';
import { createUsageWorld, platformAdmin } from './usage-world.ts';

test.each([
  ['from=2026-11-31', 'from'],
  ['from=yesterday', 'from'],
  ['from=2026-11-20&to=2026-11-10', 'from'],
  ['from=2025-01-01', 'from'],
  ['from=2026-12-01', 'from'],
  ['from=2026-11-01&from=2026-11-02', 'from'],
  ['group_by=colour', 'group_by'],
  ['group_by=', 'group_by'],
  ['group_by=day,day', 'group_by'],
  ['group_by=day&group_by=model', 'group_by'],
  ['days=3', ''],
])('%s is refused', async (query, path) => {
  const { get } = await createUsageWorld();
  const response = await get(`?${query}`);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    code: 'invalid_request',
    errors: [{ path: expect.stringContaining(path), message: expect.any(String) }],
  });
});

test.each(['tenant_id=A*', 'tenant_id=acme&tenant_id=beta', 'tenant_id=acme&tenant=beta', 'tenant_id='])(
  'the platform names one tenant or none: %s is refused',
  async (query) => {
    const { get } = await createUsageWorld();
    const response = await get(`?${query}`, platformAdmin);
    expect(await response.json()).toMatchObject({ status: 400, errors: [{ path: 'tenant_id' }] });
  },
);

test('a tenant that there never was is not found', async () => {
  const { get } = await createUsageWorld();
  expect((await get('?tenant_id=nobody', platformAdmin)).status).toBe(404);
});

test("users and keys of all tenants are told with their tenants alone: another tenant's may have the same name", async () => {
  const { usage, accountFor, get } = await createUsageWorld();
  usage.add(await accountFor('acme'), toEntry());
  usage.add(await accountFor('beta'), toEntry());
  for (const groups of ['user', 'day,key']) {
    const response = await get(`?group_by=${groups}`, platformAdmin);
    expect(await response.json()).toMatchObject({ status: 400, errors: [{ path: 'group_by' }] });
  }
  const together = await get('?group_by=user,tenant', platformAdmin);
  expect(await together.json()).toMatchObject({ rows: [{ tenant: 'acme' }, { tenant: 'beta' }] });
});

test('more than 10,000 rows are refused', async () => {
  const { usage, accountFor, get } = await createUsageWorld();
  usage.add(await accountFor('acme'), ...Array.from({ length: 10_001 }, (_, user) => toEntry({ user_id: `u${user}` })));
  const response = await get('?group_by=user');
  expect(await response.json()).toMatchObject({ status: 400, errors: [{ path: 'group_by' }] });
  expect((await get('?group_by=model')).status).toBe(200);
});
