import { expect, test } from 'vitest';
import * as v from 'valibot';
import { fromCostEvent, toCostEvent } from '#lib/usage/cost-event.ts';
import { estimateUsage } from '#lib/usage/estimate-usage.ts';
import { LedgerEntrySchema } from '#lib/usage/ledger-entry.ts';
import { toLedgerEntries } from '#lib/usage/to-ledger-entries.ts';
import { createUsageMeter, spentBy, type MeteredCall } from '#lib/usage/usage-meter.ts';
import { createScope } from '#tests/support/scope.ts';
import { toEntry } from './fake-usage-store.ts';

const { id: _id, at: _at, user_id: _user, function: _function, request_id: _request, ...call } = toEntry();
const paid = { callId: 'call', functionName: 'query', now: Date.parse('2026-11-05T12:00:00.000Z') };

test('each call is an entry with an id of its own, and says who made it for which request', () => {
  const scope = createScope('acme', { userId: 'ann', keyId: 'key-1' });
  const entries = toLedgerEntries(scope, paid, [call, { ...call, model: 'other', outcome: 'failed' }]);
  for (const entry of entries) expect(v.parse(LedgerEntrySchema, entry)).toEqual(entry);
  expect(entries).toEqual([
    { ...toEntry(), id: 'call.0', user_id: 'ann', key_id: 'key-1' },
    { ...toEntry(), id: 'call.1', user_id: 'ann', key_id: 'key-1', model: 'other', outcome: 'failed' },
  ]);
  expect(toLedgerEntries(scope, paid, [])).toEqual([]);
});

test('an entry of a token that no key is behind has no key', () => {
  const [entry] = toLedgerEntries(createScope('acme'), paid, [call]);
  expect(entry).not.toHaveProperty('key_id');
});

test('the log tells the same as the entry, through JSON and back, to the nano-dollar', () => {
  for (const nanodollars of [0, 1, 1_500, 123_456_789_012_345]) {
    const entry = toEntry({ nanodollars, key_id: 'key-1', estimated: true, outcome: 'aborted' });
    const event = toCostEvent(entry, 'acme');
    expect(event).toMatchObject({
      event: 'cost_event',
      tenant_id: 'acme',
      call_id: 'call.1',
      amount: nanodollars / 1e9,
    });
    const line: unknown = JSON.parse(JSON.stringify({ level: 'INFO', timestamp: 'now', ...event }));
    expect(fromCostEvent(line)).toEqual({ tenantId: 'acme', entry });
  }
});

test.each([undefined, 'text', {}, { event: 'query_completed' }, { event: 'cost_event', amount: 1 }])(
  '%j tells of no entry',
  (line) => {
    expect(fromCostEvent(line)).toBeUndefined();
  },
);

test("the platform's own work is estimated by its prices, and shared with those in the same pod", () => {
  const estimates = estimateUsage({ search: 2_000, podSecond: 10_000 }, { searches: 3, seconds: 1.5, inFlight: 4 });
  expect(estimates).toMatchObject([
    { model: '_search', kind: 'search', nanodollars: 6_000, estimated: true },
    { model: '_pod_seconds', kind: 'compute', nanodollars: 3_750, estimated: true },
  ]);
  expect(toLedgerEntries(createScope('acme'), paid, estimates).map((entry) => v.is(LedgerEntrySchema, entry))).toEqual([
    true,
    true,
  ]);
});

test('without a price nothing is estimated', () => {
  expect(estimateUsage({ search: 0, podSecond: 0 }, { searches: 3, seconds: 1, inFlight: 1 })).toEqual([]);
  expect(estimateUsage({ search: 5, podSecond: 5 }, { searches: 0, seconds: 0, inFlight: 0 })).toEqual([]);
});

test('a meter counts searches, and what was spent is what models took', () => {
  const meter = createUsageMeter();
  const chat: MeteredCall = { ...call, nanodollars: 7 };
  meter.record(chat);
  for (const estimate of estimateUsage({ search: 100, podSecond: 0 }, { searches: 1, seconds: 0, inFlight: 1 })) {
    meter.record(estimate);
  }
  meter.countSearch();
  expect(meter.searches).toBe(1);
  expect(meter.calls).toHaveLength(2);
  expect(spentBy(meter)).toBe(7);
});
