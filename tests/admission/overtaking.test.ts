import { expect, test } from 'vitest';
import type { Refusal, Verdict } from '#lib/admission/admission-store.ts';
import { calm } from '#tests/support/scope.ts';
import { open, ticket } from './world.ts';

/** A claim that comes while the settlement of the one before it is still on its way. */

const refusedBy = (by: Refusal): Verdict => ({
  isAdmitted: false,
  by,
  retryMilliseconds: 5,
  requests: undefined,
  tokens: undefined,
});

/** One request has ended; its settlement is written, and what it held is free, once it is told so. */
async function endFirst() {
  const world = open();
  const { admit, store, scope } = world;
  const written = Promise.withResolvers<void>();
  const { verdict, settle } = store;
  store.settle = async (...settlement) => {
    await written.promise;
    store.verdict = verdict;
    return settle(...settlement);
  };
  const ending = (await admit(scope(), ticket, calm)).end();
  return { ...world, ending, write: written.resolve };
}

test.each(['concurrency', 'budget', 'tokens'] as const)(
  'refused by %s, it is asked for again when that is written',
  async (by) => {
    const { admit, store, scope, ending, write } = await endFirst();
    store.verdict = refusedBy(by);
    const second = admit(scope(), ticket, calm);
    await expect.poll(() => store.claims.length).toBe(2);
    write();
    await (await second).end();
    await ending;
    expect(store.claims).toHaveLength(3);
    expect(store.claims[2]?.leaseId).toBe(store.claims[1]?.leaseId);
  },
);

test('refused for the number of requests, which no settlement corrects, it is refused at once', async () => {
  const { admit, store, scope, ending, write } = await endFirst();
  store.verdict = refusedBy('requests');
  await expect(admit(scope(), ticket, calm)).rejects.toMatchObject({ code: 'rate_limited' });
  expect(store.claims).toHaveLength(2);
  write();
  await ending;
});

test('one that comes while nothing is being settled is asked for once', async () => {
  const { admit, store, scope } = open();
  store.verdict = refusedBy('concurrency');
  await expect(admit(scope(), ticket, calm)).rejects.toMatchObject({ code: 'concurrency_limited' });
  expect(store.claims).toHaveLength(1);
});
