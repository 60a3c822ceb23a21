import { setTimeout as wait } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { createFairGate, type FairGate } from '#lib/core/fair-gate.ts';
import { calm } from '#tests/support/scope.ts';

/** Tries to enter so many times; gives those that got in at once. */
async function crowd(gate: FairGate, tenant: string, count: number, weight = 1) {
  const inside: (() => void)[] = [];
  const waiting: Promise<unknown>[] = [];
  for (let index = 0; index < count; index += 1) {
    waiting.push(
      gate.enter(tenant, weight, calm).then(
        (leave) => inside.push(leave),
        () => undefined,
      ),
    );
  }
  await wait(0);
  return { inside, waiting };
}

test('a tenant that is alone gets four fifths, and the next one finds room at once', async () => {
  const gate = createFairGate({ limit: 100, queue: 1_000 });
  const { inside } = await crowd(gate, 'loud', 500);
  expect(inside).toHaveLength(80);
  const quiet = await crowd(gate, 'quiet', 5);
  expect(quiet.inside).toHaveLength(5);
});

test('no more than the limit ever hold a place', async () => {
  const gate = createFairGate({ limit: 10, queue: 100 });
  for (const tenant of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l']) await crowd(gate, tenant, 5);
  expect(gate.held).toBe(10);
});

test('weights share in their ratio', async () => {
  const gate = createFairGate({ limit: 1_000, queue: 10_000 });
  const heavy = await crowd(gate, 'heavy', 2_000, 2);
  const light = await crowd(gate, 'light', 2_000, 1);
  // Both wait; as places come free they go to whoever has least of its share.
  for (const leave of heavy.inside.splice(0)) leave();
  await wait(0);
  const ratio = heavy.inside.length / light.inside.length;
  expect(ratio).toBeGreaterThan(1.5);
  expect(ratio).toBeLessThan(2.5);
});

test('a place that is given back goes to the tenant that has least, whoever came first', async () => {
  const gate = createFairGate({ limit: 5, queue: 100 });
  const loud = await crowd(gate, 'loud', 20);
  expect(loud.inside).toHaveLength(4);
  const quiet = await crowd(gate, 'quiet', 3);
  expect(quiet.inside).toHaveLength(1);
  loud.inside[0]?.();
  await wait(0);
  expect(quiet.inside).toHaveLength(2);
  expect(loud.inside).toHaveLength(4);
});

test('a tenant with more waiters than its share is refused, another still waits', async () => {
  const gate = createFairGate({ limit: 1, queue: 10 });
  await gate.enter('loud', 1, calm);
  await crowd(gate, 'loud', 8);
  await expect(gate.enter('loud', 1, calm)).rejects.toMatchObject({ code: 'concurrency_limited', retryAfter: 1 });
  const quiet = gate.enter('quiet', 1, AbortSignal.timeout(50));
  await expect(quiet).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('whoever finds no place at all is refused as by any full queue, and counted; whoever has its share is not', async () => {
  const refused = vi.fn<() => void>();
  const gate = createFairGate({ limit: 5, queue: 0, report: { waiting: () => undefined, refused } });
  expect((await crowd(gate, 'loud', 10)).inside).toHaveLength(4);
  await expect(gate.enter('loud', 1, calm)).rejects.toMatchObject({ code: 'concurrency_limited' });
  expect(refused).not.toHaveBeenCalled();
  await gate.enter('quiet', 1, calm);
  await expect(gate.enter('third', 1, calm)).rejects.toMatchObject({ code: 'overloaded', retryAfter: 1 });
  expect(refused).toHaveBeenCalledTimes(1);
});

test('a waiter is let go when its signal aborts, and its place in the queue is free', async () => {
  const gate = createFairGate({ limit: 1, queue: 1 });
  const leave = await gate.enter('a', 1, calm);
  const client = new AbortController();
  const left = gate.enter('b', 1, client.signal);
  client.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  const next = gate.enter('b', 1, calm);
  leave();
  (await next)();
  expect(gate.held).toBe(0);
});

test('nobody waits longer than the patience of the gate', async () => {
  const gate = createFairGate({ limit: 1, queue: 10, patience: 20 });
  await gate.enter('a', 1, calm);
  await expect(gate.enter('b', 1, calm)).rejects.toMatchObject({ code: 'overloaded' });
});

test('leaving twice gives one place back', async () => {
  const gate = createFairGate({ limit: 10, queue: 10 });
  const leave = await gate.enter('a', 1, calm);
  await gate.enter('a', 1, calm);
  leave();
  leave();
  expect(gate.held).toBe(1);
});
