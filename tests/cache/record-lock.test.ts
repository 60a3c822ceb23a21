import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createRecordLock } from '#lib/cache/record-lock.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { createSqliteState } from '#lib/state/create-sqlite-state.ts';
import { calm, createScope } from '#tests/support/scope.ts';

const key = createScope('acme').collection('lock').key('a');

function createWorld(now: () => number = Date.now) {
  const { store, close } = createSqliteState(':memory:', now);
  onTestFinished(close);
  return store;
}

test('one of many has it, and the next one when it is released', async () => {
  const lock = createRecordLock({ store: createWorld() });
  const tries = await Promise.all(Array.from({ length: 20 }, () => lock.take(key, calm)));
  const held = tries.filter((each) => each !== undefined);
  expect(held).toHaveLength(1);
  await held[0]?.release();
  expect(await lock.take(key, calm)).toBeDefined();
});

test('the lock of a process that is gone is free after its time', async () => {
  let time = Date.now();
  const store = createWorld(() => time);
  await store.put(key, '', { ifVersion: 0, ttlSeconds: 10 }, calm);
  const lock = createRecordLock({ store });
  expect(await lock.take(key, calm)).toBeUndefined();
  time += 10_001;
  expect(await lock.take(key, calm)).toBeDefined();
});

test('it is kept for as long as the work takes', async () => {
  const lock = createRecordLock({ store: createWorld(), ttlSeconds: 0.2 });
  const held = await lock.take(key, calm);
  for (let round = 0; round < 10; round += 1) {
    await wait(50);
    expect(await lock.take(key, calm)).toBeUndefined();
  }
  await held?.release();
});

test("one that was lost is not given back: it is another's by then", async () => {
  const store = createWorld();
  const lock = createRecordLock({ store, ttlSeconds: 0.1 });
  const held = await lock.take(key, calm);
  await store.delete(key, calm);
  await store.put(key, 'of another', {}, calm);
  await store.put(key, 'of another', {}, calm);
  await wait(80);
  await held?.release();
  expect(await store.get(key, calm)).toMatchObject({ value: 'of another' });
});

test('where the store does not answer everyone has it', async () => {
  const put = () => Promise.reject(new ApiError('state_unavailable'));
  const lock = createRecordLock({ store: { put, delete: () => expect.fail('Nothing was taken') } });
  const both = [await lock.take(key, calm), await lock.take(key, calm)];
  for (const held of both) await (held ?? expect.fail('It was not given')).release();
});
