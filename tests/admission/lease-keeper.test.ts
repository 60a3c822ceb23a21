import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { createLeaseKeeper } from '#lib/admission/lease-keeper.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';
import { away, createFakeStore } from './fake-store.ts';

const account = { tenantId: 'acme', incarnation: 'account' };

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
});

function open() {
  const store = createFakeStore();
  const { logger, logged } = createRecordedTelemetry();
  const keeper = createLeaseKeeper({ store, logger, now: Date.now });
  onTestFinished(() => keeper.close());
  return { store, keeper, logged };
}

test('a lease is renewed while it is held, and not after', async () => {
  const { store, keeper } = open();
  keeper.hold(account, 'long');
  await vi.advanceTimersByTimeAsync(5_100);
  expect(store.renewed).toEqual(['long']);
  keeper.release(account, 'long');
  await vi.advanceTimersByTimeAsync(20_000);
  expect(store.renewed).toEqual(['long']);
});

test('accounts that were used lately are swept, and then forgotten', async () => {
  const { store, keeper } = open();
  keeper.hold(account, 'short');
  keeper.release(account, 'short');
  await vi.advanceTimersByTimeAsync(30_100);
  expect(store.sweeps).toBe(3);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(store.sweeps).toBeLessThanOrEqual(6);
  expect(vi.getTimerCount()).toBe(0);
});

test('a store that is away ends nothing', async () => {
  const { store, keeper, logged } = open();
  keeper.hold(account, 'long');
  store.failure = away();
  await vi.advanceTimersByTimeAsync(5_100);
  expect(logged).toContainEqual(expect.objectContaining({ event: 'leases_not_renewed' }));
  store.failure = undefined;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(store.renewed).toEqual(['long']);
});

test('many leases are renewed in portions', async () => {
  const { store, keeper } = open();
  const renew = vi.spyOn(store, 'renew');
  for (let index = 0; index < 250; index += 1) keeper.hold(account, `lease-${index}`);
  await vi.advanceTimersByTimeAsync(5_100);
  expect(renew.mock.calls.map(([, ids]) => ids.length)).toEqual([100, 100, 50]);
});

test('an account of which nothing is held here is swept as well while it is asked for', async () => {
  const { store, keeper } = open();
  keeper.watch(account);
  await vi.advanceTimersByTimeAsync(10_100);
  expect(store.sweeps).toBe(1);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(vi.getTimerCount()).toBe(0);
});
