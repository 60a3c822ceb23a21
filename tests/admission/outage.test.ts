import { expect, test, vi } from 'vitest';
import { createUsageMeter } from '#lib/usage/usage-meter.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { away } from './fake-store.ts';
import { hard, open, spent, ticket } from './world.ts';

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
