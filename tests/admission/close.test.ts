import { expect, onTestFinished, test, vi } from 'vitest';
import { calm } from '#tests/support/scope.ts';
import { away } from './fake-store.ts';
import { open, spent, ticket } from './world.ts';

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
