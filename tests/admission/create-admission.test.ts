import { expect, onTestFinished, test, vi } from 'vitest';
import type { Ticket } from '#lib/admission/admission.ts';
import { createAdmission } from '#lib/admission/create-admission.ts';
import type { Budget } from '#lib/tenancy/tenant.ts';
import type { MeteredCall } from '#lib/usage/usage-meter.ts';
import { createUsageMeter } from '#lib/usage/usage-meter.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';
import { away, createFakeStore } from './fake-store.ts';

const ticket: Ticket = {
  functionName: 'chat',
  callId: undefined,
  demand: {
    tokens: 500,
    nanodollars: 9_000,
    model: { provider: 'p', model: 'm', kind: 'chat', price_version: '1' },
  },
};

const spent: MeteredCall = {
  provider: 'p',
  model: 'm',
  kind: 'chat',
  price_version: '1',
  input_tokens: 10,
  cached_input_tokens: 0,
  output_tokens: 5,
  nanodollars: 25,
  estimated: false,
  own_key: false,
  outcome: 'success',
};

const hard: Budget = { dollars: 1, period: 'month', hard: true };

function open({ maxInFlight = 10, estimates = { search: 0, podSecond: 0 } } = {}) {
  const store = createFakeStore();
  const telemetry = createRecordedTelemetry();
  let ids = 0;
  const clock = { now: 0 };
  const admission = createAdmission({
    store,
    ...telemetry,
    now: () => Date.parse('2026-11-26T12:00:00Z'),
    monotonic: () => clock.now,
    randomId: () => `id-${(ids += 1)}`,
    maxInFlight,
    maxProcesses: 20,
    estimates,
  });
  onTestFinished(() => admission.close());
  const scope = (budget?: Budget) =>
    createScope('acme', { usage: createUsageMeter(), budgets: { tenant: budget, key: undefined } });
  return { ...admission, ...telemetry, store, scope, clock };
}

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

test('while the store is away a hard budget refuses, a soft one goes on and is settled later', async () => {
  const { admit, store, scope } = open();
  store.failure = away();
  await expect(admit(scope(hard), ticket, calm)).rejects.toMatchObject({ code: 'state_unavailable', retryAfter: 2 });
  const who = scope({ ...hard, hard: false });
  const lease = await admit(who, ticket, calm);
  who.usage.record(spent);
  await lease.end();
  expect(store.settlements).toEqual([]);
  store.failure = undefined;
  await vi.waitFor(
    () => expect(store.settlements).toMatchObject([{ leaseId: undefined, entries: [{ nanodollars: 25 }] }]),
    3_000,
  );
});

test('what costs nothing goes on while the store is away, whatever the budget', async () => {
  const { admit, store, scope } = open();
  store.failure = away();
  const free = { ...ticket, demand: { ...ticket.demand, nanodollars: 0 } };
  await (await admit(scope(hard), free, calm)).end();
});

test('a claim whose answer was lost is given back when the store is there again', async () => {
  const { admit, store, scope } = open();
  store.failure = away(new Error('timed out'));
  await expect(admit(scope(hard), ticket, calm)).rejects.toMatchObject({ code: 'state_unavailable' });
  store.failure = undefined;
  await vi.waitFor(
    () => expect(store.settlements).toMatchObject([{ leaseId: expect.any(String), entries: [] }]),
    3_000,
  );
});

test('while the store is away the limits of this process hold', async () => {
  const { admit, store } = open({ maxInFlight: 1_000 });
  store.failure = away();
  const who = () => createScope('acme', { limits: { requests_per_minute: 100 }, usage: createUsageMeter() });
  const tries = await Promise.allSettled(Array.from({ length: 50 }, () => admit(who(), ticket, calm)));
  const leases = tries.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  expect(leases).toHaveLength(5);
  await Promise.all(leases.map((lease) => lease.end()));
});

test('at the end all that was kept is written', async () => {
  const { admit, store, scope, close } = open();
  const who = scope();
  const lease = await admit(who, ticket, calm);
  who.usage.record(spent);
  store.failure = away();
  await lease.end();
  store.failure = undefined;
  await close();
  expect(store.settlements).toHaveLength(1);
});

test('a request that ends late is waited for', async () => {
  const { admit, store, scope, close } = open();
  const who = scope();
  const lease = await admit(who, ticket, calm);
  const closing = close();
  who.usage.record(spent);
  setTimeout(() => void lease.end(), 50);
  await closing;
  expect(store.settlements).toMatchObject([{ entries: [{ nanodollars: 25 }] }]);
});

test('what can not be written at the end stands in the log', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const { admit, store, scope, close, logged } = open();
  const who = scope();
  const lease = await admit(who, ticket, calm);
  who.usage.record(spent);
  store.failure = away();
  await lease.end();
  const closing = close();
  await vi.advanceTimersByTimeAsync(6_000);
  await closing;
  store.failure = undefined;
  expect(logged).toContainEqual(
    expect.objectContaining({ event: 'settlement_lost', entries: [expect.objectContaining({ nanodollars: 25 })] }),
  );
});

test.each(['concurrency', 'budget'] as const)(
  'a claim that overtakes a settlement of its own account (%s) is asked for again when that is written',
  async (by) => {
    const { admit, store, scope } = open();
    const written = Promise.withResolvers<void>();
    const admitted = store.verdict;
    const settle = store.settle;
    store.settle = async (...settlement) => {
      await written.promise;
      store.verdict = admitted;
      return settle(...settlement);
    };
    const first = await admit(scope(), ticket, calm);
    const ending = first.end();
    store.verdict = {
      isAdmitted: false,
      by,
      retryMilliseconds: undefined,
      requests: undefined,
      tokens: undefined,
    };
    const second = admit(scope(), ticket, calm);
    await expect.poll(() => store.claims.length).toBe(2);
    written.resolve();
    await (await second).end();
    await ending;
    expect(store.claims).toHaveLength(3);
    expect(store.claims[2]?.leaseId).toBe(store.claims[1]?.leaseId);
  },
);

test('a claim that is refused while nothing is being settled, or for its rate, is refused at once', async () => {
  const { admit, store, scope } = open();
  store.verdict = {
    isAdmitted: false,
    by: 'concurrency',
    retryMilliseconds: 5,
    requests: undefined,
    tokens: undefined,
  };
  await expect(admit(scope(), ticket, calm)).rejects.toMatchObject({ code: 'concurrency_limited' });
  expect(store.claims).toHaveLength(1);
});
