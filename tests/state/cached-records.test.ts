import { expect, onTestFinished, test, vi } from 'vitest';
import { ApiError } from '#lib/core/api-error.ts';
import { createCachedRecords } from '#lib/state/cached-records.ts';
import { createSqliteState } from '#lib/state/create-sqlite-state.ts';
import type { StateStore } from '#lib/state/store.ts';
import { platformCollection } from '#lib/tenancy/state-key.ts';
import { calm } from '#tests/support/scope.ts';

const things = platformCollection('thing');
const key = things.key('a');
const minutes = 60_000;

/** Two processes' caches over one store that can be out, with a clock that stands. */
function createTwo() {
  let time = 1_000_000;
  let isOut = false;
  const now = () => time;
  const real = createSqliteState(':memory:', now).store;
  onTestFinished(() => real.close());
  const guard = async (): Promise<void> => {
    if (isOut) throw new ApiError('state_unavailable');
  };
  const get = vi.fn<StateStore['get']>(async (...args) => {
    await guard();
    return real.get(...args);
  });
  const store: StateStore = {
    ...real,
    get,
    put: async (...args) => {
      await guard();
      return real.put(...args);
    },
    delete: async (...args) => {
      await guard();
      return real.delete(...args);
    },
  };
  const parse = vi.fn((text: string): string => JSON.parse(text));
  const create = () => createCachedRecords({ store, parse, now });
  return {
    one: create(),
    other: create(),
    get,
    parse,
    pass: (milliseconds: number) => void (time += milliseconds),
    setOut: (value: boolean) => void (isOut = value),
  };
}

test('a record is read once in half a second, and parsed once while it is the same', async () => {
  const { one, other, get, parse, pass } = createTwo();
  await other.write(key, 'x', 0, calm);
  parse.mockClear();
  for (let time = 0; time < 5; time += 1) {
    expect(await one.recent(key, calm)).toMatchObject({ record: 'x', version: 1 });
  }
  expect(get).toHaveBeenCalledTimes(1);
  pass(499);
  await one.recent(key, calm);
  expect(get).toHaveBeenCalledTimes(1);
  pass(1);
  await one.recent(key, calm);
  expect(get).toHaveBeenCalledTimes(2);
  expect(parse).toHaveBeenCalledTimes(1);
});

test("an own change is seen at once, another's within half a second, by one who changes it at once", async () => {
  const { one, other, pass } = createTwo();
  await one.write(key, 'x', 0, calm);
  await other.write(key, 'y', 1, calm);
  expect(await other.recent(key, calm)).toMatchObject({ record: 'y', version: 2 });
  expect(await one.recent(key, calm)).toMatchObject({ record: 'x' });
  expect(await one.latest(key, calm)).toMatchObject({ record: 'y', version: 2 });
  await other.remove(key, calm);
  expect(await other.recent(key, calm)).toBeUndefined();
  pass(500);
  expect(await one.recent(key, calm)).toBeUndefined();
});

test('a write that comes too late changes nothing, and the record is read anew', async () => {
  const { one, other } = createTwo();
  await one.write(key, 'x', 0, calm);
  await other.write(key, 'y', 1, calm);
  expect(await one.write(key, 'z', 1, calm)).toBe(false);
  expect(await one.recent(key, calm)).toMatchObject({ record: 'y' });
});

test('what was read while it was changed here is not kept', async () => {
  const { one, get } = createTwo();
  await one.write(key, 'x', 0, calm);
  await one.remove(key, calm);
  await one.write(key, 'x', 0, calm);
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  get.mockImplementationOnce(async () => {
    begun.resolve();
    await goOn.promise;
    return { value: '"x"', version: 1 };
  });
  const reading = one.latest(key, calm);
  await begun.promise;
  await one.remove(key, calm);
  goOn.resolve();
  await reading;
  expect(await one.recent(key, calm)).toBeUndefined();
});

test('through an outage a record is what it was, for 15 minutes', async () => {
  const { one, get, pass, setOut } = createTwo();
  await one.write(key, 'x', 0, calm);
  pass(500);
  setOut(true);
  for (let time = 0; time < 3; time += 1) expect(await one.recent(key, calm)).toMatchObject({ record: 'x' });
  expect(get, 'each time the store is asked again').toHaveBeenCalledTimes(3);
  pass(15 * minutes - 501);
  expect(await one.recent(key, calm)).toMatchObject({ record: 'x' });
  pass(1);
  await expect(one.recent(key, calm)).rejects.toMatchObject({ code: 'state_unavailable' });
  setOut(false);
  expect(await one.recent(key, calm)).toMatchObject({ record: 'x' });
});

test('in an outage what is not known is unavailable, not missing', async () => {
  const { one, setOut } = createTwo();
  setOut(true);
  await expect(one.recent(key, calm)).rejects.toMatchObject({ code: 'state_unavailable' });
});

test('what was removed, here or elsewhere, does not come back with an outage', async () => {
  const { one, other, pass, setOut } = createTwo();
  await one.write(key, 'x', 0, calm);
  await other.recent(key, calm);
  await one.remove(key, calm);
  pass(500);
  expect(await other.recent(key, calm)).toBeUndefined();
  setOut(true);
  for (const each of [one, other]) {
    await expect(each.recent(key, calm)).rejects.toMatchObject({ code: 'state_unavailable' });
  }
});

test('a change that fails leaves what is known', async () => {
  const { one, setOut } = createTwo();
  await one.write(key, 'x', 0, calm);
  setOut(true);
  await expect(one.write(key, 'y', 1, calm)).rejects.toMatchObject({ code: 'state_unavailable' });
  await expect(one.remove(key, calm)).rejects.toMatchObject({ code: 'state_unavailable' });
  expect(await one.recent(key, calm)).toMatchObject({ record: 'x' });
});

test('a broken store, a caller that left and a latest record are no matter for the cache', async () => {
  const { one, get, pass, setOut } = createTwo();
  await one.write(key, 'x', 0, calm);
  pass(500);
  get.mockRejectedValueOnce(new Error('a bug'));
  await expect(one.recent(key, calm)).rejects.toThrow('a bug');
  await expect(one.recent(key, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  setOut(true);
  await expect(one.latest(key, calm)).rejects.toMatchObject({ code: 'state_unavailable' });
});

test('a clock that is set back makes nothing fresh', async () => {
  const { one, other, pass } = createTwo();
  await one.write(key, 'x', 0, calm);
  pass(-60 * minutes);
  await other.write(key, 'y', 1, calm);
  expect(await one.recent(key, calm)).toMatchObject({ record: 'y' });
});

test('removing a collection forgets its records and no others', async () => {
  const { one, get } = createTwo();
  const neighbour = platformCollection('thing2').key('a');
  await one.write(key, 'x', 0, calm);
  await one.write(neighbour, 'x', 0, calm);
  expect(await one.removeAll(things, calm)).toBe(1);
  expect(await one.recent(neighbour, calm)).toMatchObject({ record: 'x' });
  expect(get).not.toHaveBeenCalled();
  expect(await one.recent(key, calm)).toBeUndefined();
});
