import { expect, test, vi } from 'vitest';
import type { Budget } from '#lib/tenancy/tenant.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { hard, open, spent, ticket } from './world.ts';

test('what a request spent is settled in place of what it claimed, once', async () => {
  const { admit, store, scope, logged } = open();
  const who = scope();
  const lease = await admit(who, ticket, calm);
  who.usage.record(spent);
  await Promise.all([lease.end(), lease.end()]);
  expect(store.claims).toMatchObject([
    { tokens: 500, lost: { nanodollars: 9_000, outcome: 'lost', function: 'chat' } },
  ]);
  expect(store.settlements).toMatchObject([
    {
      leaseId: store.claims[0]?.leaseId,
      callId: store.claims[0]?.callId,
      tokens: 15,
      entries: [{ nanodollars: 25, user_id: 'user-1', function: 'chat', request_id: 'request-1' }],
    },
  ]);
  expect(logged.filter(({ event }) => event === 'cost_event')).toHaveLength(1);
});

test("what the platform's own work is taken to cost stands beside it, and is no token of the tenant's", async () => {
  const { admit, store, scope, clock } = open({ estimates: { search: 1_000, podSecond: 2_000 } });
  const who = scope();
  const lease = await admit(who, ticket, calm);
  who.usage.record(spent);
  who.usage.countSearch();
  clock.now = 3_000;
  await lease.end();
  expect(store.settlements).toMatchObject([
    {
      tokens: 15,
      entries: [
        { model: 'm', nanodollars: 25 },
        { model: '_search', nanodollars: 1_000, estimated: true },
        { model: '_pod_seconds', nanodollars: 6_000, estimated: true },
      ],
    },
  ]);
});

test("a tenant's spending is claimed from every period, and from the budget of the key", async () => {
  const { admit, store } = open();
  const key: Budget = { dollars: 0.5, period: 'day', hard: false };
  const who = createScope('acme', { keyId: 'k1', budgets: { tenant: hard, key } });
  await (await admit(who, ticket, calm)).end();
  expect(store.claims[0]?.budgets).toEqual([
    { owner: 'tenant/day', period: '2026-11-26', limit: Number.MAX_SAFE_INTEGER, isHard: false },
    { owner: 'tenant/month', period: '2026-11', limit: 1_000_000_000, isHard: true },
    { owner: 'tenant/total', period: 'total', limit: Number.MAX_SAFE_INTEGER, isHard: false },
    { owner: 'key:k1/day', period: '2026-11-26', limit: 500_000_000, isHard: false },
  ]);
});

test.each([
  ['requests', 'rate_limited', 3],
  ['tokens', 'rate_limited', 3],
  ['concurrency', 'concurrency_limited', 3],
  ['budget', 'budget_exhausted', undefined],
] as const)('a refusal by %s is %s', async (by, code, retryAfter) => {
  const { admit, store, scope, metrics } = open();
  const requests = { limit: 5, remaining: 0, resetMilliseconds: 2_100 };
  store.verdict = { isAdmitted: false, by, retryMilliseconds: 2_100, requests, tokens: undefined };
  await expect(admit(scope(), ticket, calm)).rejects.toMatchObject({ code, retryAfter });
  expect((await metrics.expose()).text).toContain(`genai_admission_refusals_total{reason="${by}"} 1`);
  expect(store.settlements).toEqual([]);
});

test('a refusal is held back, and takes nobody’s place meanwhile', async () => {
  const { admit, store, scope } = open({ maxInFlight: 1 });
  const order: string[] = [];
  const full = { requests: undefined, tokens: undefined, retryMilliseconds: undefined };
  store.verdict = { isAdmitted: false, by: 'budget', ...full };
  const refused = admit(scope(), ticket, calm).catch(() => void order.push('refused'));
  await vi.waitUntil(() => store.claims.length === 1);
  store.verdict = { isAdmitted: true, ...full };
  const lease = await admit(scope(), ticket, calm);
  order.push('let in');
  await refused;
  expect(order).toEqual(['let in', 'refused']);
  await lease.end();
});

test('a tenant that was just refused for its rate is refused without asking the store', async () => {
  const { admit, store, scope, clock } = open();
  store.verdict = {
    isAdmitted: false,
    by: 'requests',
    retryMilliseconds: 30_000,
    requests: undefined,
    tokens: undefined,
  };
  for (let index = 0; index < 5; index += 1) await expect(admit(scope(), ticket, calm)).rejects.toThrow();
  expect(store.claims).toHaveLength(1);
  clock.now = 501;
  await expect(admit(scope(), ticket, calm)).rejects.toThrow();
  expect(store.claims).toHaveLength(2);
});

test('a client that leaves while it is let in is settled for nothing', async () => {
  const { admit, store, scope } = open();
  const client = new AbortController();
  const entered = admit(scope(), ticket, client.signal);
  client.abort(new Error('left'));
  await expect(entered).rejects.toThrow('left');
  await vi.waitFor(() => expect(store.settlements).toMatchObject([{ leaseId: store.claims[0]?.leaseId, entries: [] }]));
});
