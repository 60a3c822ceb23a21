import { expect, test } from 'vitest';
import { UsageResponse } from '#functions/usage/contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { createToken } from '#tests/support/platform.ts';
import { calm } from '#tests/support/scope.ts';
import { toEntry } from '#tests/usage/fake-usage-store.ts';
import { createUsageWorld, platformAdmin } from './usage-world.ts';

test('usage is by day of this month, where nothing else is asked for', async () => {
  const { usage, accountFor, get } = await createUsageWorld();
  const account = await accountFor('acme');
  usage.add(
    account,
    toEntry({ at: '2026-11-02T10:00:00.000Z', nanodollars: 100_000_000 }),
    toEntry({ at: '2026-11-02T23:59:59.999Z', nanodollars: 200_000_000, estimated: true }),
    toEntry({ at: '2026-11-26T00:00:00.000Z', nanodollars: 1 }),
    toEntry({ at: '2026-10-31T23:59:59.999Z', nanodollars: 5 }),
  );
  const response = await get('');
  expect(response.status).toBe(200);
  const counts = { requests: 1, input_tokens: 100, cached_input_tokens: 10, output_tokens: 20 };
  expect(await parseBody(UsageResponse, response)).toEqual({
    rows: [
      {
        day: '2026-11-02',
        requests: 2,
        input_tokens: 200,
        cached_input_tokens: 20,
        output_tokens: 40,
        cost_dollars: 0.3,
        estimated_cost_dollars: 0.2,
      },
      { day: '2026-11-26', ...counts, cost_dollars: 0.000000001, estimated_cost_dollars: 0 },
    ],
    total: {
      requests: 3,
      input_tokens: 300,
      cached_input_tokens: 30,
      output_tokens: 60,
      cost_dollars: 0.300000001,
      estimated_cost_dollars: 0.2,
    },
  });
});

test('rows are by what is asked for, in that order', async () => {
  const { usage, accountFor, get } = await createUsageWorld();
  usage.add(
    await accountFor('acme'),
    toEntry({ model: 'b', user_id: 'ann', key_id: 'key-1', function: 'chat' }),
    toEntry({ model: 'a', user_id: 'bob' }),
  );
  const { rows } = await parseBody(
    UsageResponse,
    await get('?from=2026-11-01&to=2026-11-30&group_by=model,user,function,key,tenant'),
  );
  expect(rows).toMatchObject([
    { model: 'a', user: 'bob', function: 'query', key: null, tenant: 'acme', cost_dollars: 0.0000015 },
    { model: 'b', user: 'ann', function: 'chat', key: 'key-1', tenant: 'acme' },
  ]);
  expect(rows[0]).not.toHaveProperty('day');
});

test('CSV has the same numbers, without exponents, and nothing that a spreadsheet would calculate', async () => {
  const { usage, accountFor, get } = await createUsageWorld();
  usage.add(await accountFor('acme'), toEntry({ user_id: '=cmd|"x"', nanodollars: 250 }));
  const response = await get('?group_by=user,key', {}, { accept: 'text/csv;q=1, */*;q=0.1' });
  expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="usage.csv"');
  expect(await response.text()).toBe(
    'user,key,requests,input_tokens,cached_input_tokens,output_tokens,cost_dollars,estimated_cost_dollars\r\n' +
      '"\'=cmd|""x""",,1,100,10,20,0.00000025,0\r\n',
  );
});

test('a year is read a month at a time', async () => {
  const { usage, get } = await createUsageWorld();
  expect((await get('?from=2025-11-27&to=2026-11-26')).status).toBe(200);
  expect(usage.asked.length).toBe(12);
  expect(usage.asked.at(0)?.from).toBe('2025-11-27');
  expect(usage.asked.at(-1)?.to).toBe('2026-11-26');
});

test('the platform sees one tenant, or all of them together', async () => {
  const { usage, accountFor, get } = await createUsageWorld();
  usage.add(await accountFor('acme'), toEntry({ nanodollars: 1_000_000_000 }));
  usage.add(await accountFor('beta'), toEntry({ nanodollars: 500_000_000 }));
  const read = async (query: string) => parseBody(UsageResponse, await get(query, platformAdmin));
  expect(await read('?group_by=tenant')).toMatchObject({
    rows: [
      { tenant: 'acme', cost_dollars: 1 },
      { tenant: 'beta', cost_dollars: 0.5 },
    ],
    total: { cost_dollars: 1.5 },
  });
  expect(await read('?group_by=model')).toMatchObject({ rows: [{ model: 'gpt', requests: 2, cost_dollars: 1.5 }] });
  expect(await read('?tenant_id=beta&group_by=user')).toMatchObject({ rows: [{ user: 'user-1', cost_dollars: 0.5 }] });
  expect(await read('?tenant=beta')).toMatchObject({ total: { cost_dollars: 0.5 } });
});

test('the platform sees every tenant, however many there are, and those that are gone', async () => {
  const { usage, accountFor, get, call } = await createUsageWorld();
  const names = Array.from({ length: 203 }, (_, index) => `t-${String(index).padStart(3, '0')}`);
  for (const name of names) usage.add(await accountFor(name), toEntry({ nanodollars: 1_000_000_000 }));
  const token = await createToken(platformAdmin);
  expect((await call('DELETE /v1/tenants/t-100', { token })).status).toBe(204);
  const { rows, total } = await parseBody(UsageResponse, await get('?group_by=tenant', platformAdmin));
  expect(rows.map(({ tenant }) => tenant)).toEqual(names);
  expect(total.cost_dollars).toBe(203);
});

test('usage is what requests were settled with', async () => {
  const { call, accountFor, foundation } = await createUsageWorld();
  const at = new Date().toISOString();
  const entries = [toEntry({ id: 'c.0', at }), toEntry({ id: 'c.1', at, model: 'small', key_id: 'key-1' })];
  const settlement = { leaseId: undefined, callId: 'c', tokens: 240, budgets: [], entries };
  await foundation.state.admission.settle(await accountFor('acme'), settlement, calm);
  const token = await createToken({ role: 'tenant_admin' });
  const day = at.slice(0, 10);
  const target = `GET /v1/usage?from=${day}&to=${day}&group_by=day,model,user,key`;
  const response = await call(target, { token });
  expect(await parseBody(UsageResponse, response)).toMatchObject({
    rows: [
      { day, model: 'gpt', user: 'user-1', key: null, requests: 1, cost_dollars: 0.0000015 },
      { day, model: 'small', user: 'user-1', key: 'key-1', requests: 1, cost_dollars: 0.0000015 },
    ],
    total: { requests: 2, input_tokens: 200, cached_input_tokens: 20, output_tokens: 40, cost_dollars: 0.000003 },
  });
});
