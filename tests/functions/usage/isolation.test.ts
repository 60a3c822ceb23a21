import { expect, test } from 'vitest';
import { UsageResponse } from '#functions/usage/contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { calm } from '#tests/support/scope.ts';
import { toEntry } from '#tests/usage/fake-usage-store.ts';
import { createUsageWorld } from './usage-world.ts';

async function createTwoTenants() {
  const world = await createUsageWorld();
  world.usage.add(await world.accountFor('acme'), toEntry({ user_id: 'ann' }), toEntry({ user_id: 'bob' }));
  world.usage.add(await world.accountFor('beta'), toEntry({ user_id: 'ann', model: 'secret-of-beta' }));
  return world;
}

test("a tenant's administrator sees the whole tenant, and no other", async () => {
  const { get } = await createTwoTenants();
  const response = await get('?group_by=user,model,tenant', { sub: 'admin' });
  const { rows } = await parseBody(UsageResponse, response);
  expect(rows).toMatchObject([
    { user: 'ann', model: 'gpt', tenant: 'acme' },
    { user: 'bob', model: 'gpt', tenant: 'acme' },
  ]);
});

test.each(['member', 'reader'])(
  'a %s sees their own use, in the sums too, and nothing of namesakes elsewhere',
  async (role) => {
    const { get } = await createTwoTenants();
    const response = await get('?group_by=user,model', { role, sub: 'ann' });
    expect(await parseBody(UsageResponse, response)).toMatchObject({
      rows: [{ user: 'ann', model: 'gpt', requests: 1 }],
      total: { requests: 1, input_tokens: 100 },
    });
  },
);

test("what a day's overflow was used by is shown to no member of that name", async () => {
  const { usage, accountFor, get } = await createTwoTenants();
  usage.add(await accountFor('acme'), toEntry({ user_id: 'other' }));
  const response = await get('', { role: 'member', sub: 'other' });
  expect(await parseBody(UsageResponse, response)).toMatchObject({ rows: [], total: { requests: 0 } });
});

test.each(['tenant_id=beta', 'tenant=beta'])('a query that names another tenant is refused: %s', async (query) => {
  const { get, metric } = await createTwoTenants();
  const response = await get(`?${query}`);
  expect(await response.json()).toMatchObject({ status: 403, code: 'tenant_mismatch' });
  expect(await metric('genai_cross_tenant_leakage_attempts_total{kind="query"}')).toBe(1);
});

test('a query that names the own tenant is answered as without it', async () => {
  const { get } = await createTwoTenants();
  expect(await (await get('?tenant_id=acme')).json()).toEqual(await (await get('')).json());
});

test('a tenant that is created again begins at nothing', async () => {
  const { get, usage, accountFor, foundation } = await createTwoTenants();
  const id = (await foundation.tenants.list({ limit: 1 }, calm))[0]?.id ?? expect.fail('There is a tenant');
  await foundation.tenants.update(id, (record) => ({ ...record, incarnation: 'next' }), calm);
  expect(await parseBody(UsageResponse, await get(''))).toMatchObject({ rows: [] });
  usage.add(await accountFor('acme'), toEntry({ user_id: 'new' }));
  expect(await parseBody(UsageResponse, await get('?group_by=user'))).toMatchObject({ rows: [{ user: 'new' }] });
});

test("a tenant's many reports hold up its own, and no other tenant's", async () => {
  const { usage, get } = await createUsageWorld();
  const { daily } = usage;
  const slow = Promise.withResolvers<void>();
  usage.daily = async (account, days, signal) => {
    if (account.tenantId === 'acme') await slow.promise;
    return daily(account, days, signal);
  };
  const reports = Array.from({ length: 60 }, () => get(''));
  const refused = await Promise.race(reports);
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({ code: 'concurrency_limited' });
  for (let time = 0; time < 3; time += 1) expect((await get('', { tenant_id: 'beta' })).status).toBe(200);
  slow.resolve();
  const statuses = new Set((await Promise.all(reports)).map(({ status }) => status));
  expect(statuses).toEqual(new Set([200, 429]));
});
