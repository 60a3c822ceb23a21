import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { CorpusStore } from '#lib/cache/corpus-store.ts';
import { createCorpusWrites } from '#lib/cache/corpus-writes.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { createMemoryCorpusStore } from './corpus-memory.ts';

const scope = createScope('acme');
const away = () => Promise.reject(new ApiError('state_unavailable'));

function createWorld(changes: Partial<CorpusStore> = {}, ttlMilliseconds?: number) {
  let time = Date.now();
  const memory = createMemoryCorpusStore(() => time);
  let ids = 0;
  const writes = createCorpusWrites({
    corpus: { ...memory, ...changes },
    randomId: () => `write-${(ids += 1)}`,
    ...(ttlMilliseconds === undefined ? {} : { ttlMilliseconds }),
  });
  const read = () => memory.read(scope, calm);
  const pass = (milliseconds: number) => void (time += milliseconds);
  return { memory, writes, read, pass };
}

test('the version is another one while the work goes on, and another one when it is done', async () => {
  const { writes, read } = createWorld();
  const before = await read();
  const during = await writes.during(scope, read, calm);
  const after = await read();
  expect([before.isQuiet, during.isQuiet, after.isQuiet]).toEqual([true, false, true]);
  expect(new Set([before.version, during.version, after.version]).size).toBe(3);
});

test('writes of one tenant leave another alone', async () => {
  const { memory, writes } = createWorld();
  const neighbour = createScope('globex');
  const before = await memory.read(neighbour, calm);
  await writes.during(scope, async () => expect(await memory.read(neighbour, calm)).toEqual(before), calm);
  expect(await memory.read(neighbour, calm)).toEqual(before);
});

test('work that cannot be marked is not begun', async () => {
  const { writes } = createWorld({ beginWrite: away });
  const work = () => expect.fail('The work was begun');
  await expect(writes.during(scope, work, calm)).rejects.toMatchObject({ code: 'state_unavailable' });
});

test('work that failed may still have its effect: its mark stays for a while, then it is a change', async () => {
  const { writes, read, pass } = createWorld();
  await expect(writes.during(scope, () => Promise.reject(new Error('Cut off')), calm)).rejects.toThrow('Cut off');
  const { version, isQuiet } = await read();
  expect(isQuiet).toBe(false);
  pass(31_000);
  expect(await read()).toMatchObject({ isQuiet: true });
  expect((await read()).version).toBeGreaterThan(version);
});

test('work whose client has left is marked until it has ended', async () => {
  const { writes, read } = createWorld();
  const client = new AbortController();
  const work = async (signal: AbortSignal) => {
    client.abort(new Error('The client left'));
    await wait(5);
    expect(await read()).toMatchObject({ isQuiet: false });
    signal.throwIfAborted();
  };
  await expect(writes.during(scope, work, client.signal)).rejects.toThrow('The client left');
});

test('a mark that cannot be ended fails nothing, and ends by itself', async () => {
  const { writes, read, pass } = createWorld({ endWrite: away });
  expect(await writes.during(scope, async () => 'done', calm)).toBe('done');
  expect(await read()).toMatchObject({ isQuiet: false });
  pass(121_000);
  expect(await read()).toMatchObject({ isQuiet: true });
});

test('long work stays marked', async () => {
  const memory = createMemoryCorpusStore();
  const writes = createCorpusWrites({ corpus: memory, randomId: () => 'write', ttlMilliseconds: 200 });
  const work = async () => {
    for (let round = 0; round < 12; round += 1) {
      await wait(50);
      expect(await memory.read(scope, calm)).toMatchObject({ isQuiet: false });
    }
  };
  await writes.during(scope, work, calm);
});

test('work that cannot be kept marked is ended', async () => {
  let calls = 0;
  const memory = createMemoryCorpusStore();
  const beginWrite: CorpusStore['beginWrite'] = (...given) => {
    calls += 1;
    return calls === 1 ? memory.beginWrite(...given) : away();
  };
  const { writes } = createWorld({ beginWrite }, 100);
  const work = (signal: AbortSignal) => wait(10_000, undefined, { signal }).catch(() => signal.throwIfAborted());
  await expect(writes.during(scope, work, calm)).rejects.toMatchObject({ code: 'state_unavailable' });
});
