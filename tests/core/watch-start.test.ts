import { expect, test, vi } from 'vitest';
import { watchStart } from '#lib/core/watch-start.ts';

function createParts(values: readonly number[]) {
  const closed = vi.fn();
  async function* parts(): AsyncGenerator<number> {
    try {
      for (const value of values) yield value;
    } finally {
      closed();
    }
  }
  return { parts: parts(), closed };
}

test('the parts are the same, and those after it lets go are not shown to it', async () => {
  const { parts, closed } = createParts([1, 2, 3, 4]);
  const seen: unknown[] = [];
  const watched = watchStart(parts, async (next, letGo) => {
    const result = await next();
    seen.push(result.value);
    if (result.value === 2) letGo();
    return result;
  });
  expect(await Array.fromAsync(watched)).toEqual([1, 2, 3, 4]);
  expect(seen).toEqual([1, 2]);
  expect(closed).toHaveBeenCalledTimes(1);
});

test('whoever never lets go is told of the end', async () => {
  const seen: unknown[] = [];
  const watched = watchStart(createParts([1]).parts, async (next) => {
    const result = await next();
    seen.push(result.done);
    return result;
  });
  expect(await Array.fromAsync(watched)).toEqual([1]);
  expect(seen).toEqual([false, true]);
});

test('who fails closes the parts', async () => {
  const { parts, closed } = createParts([1, 2]);
  const watched = watchStart(parts, async (next) => {
    await next();
    throw new Error('not this one');
  });
  await expect(Array.fromAsync(watched)).rejects.toThrow('not this one');
  expect(closed).toHaveBeenCalledTimes(1);
  expect(await parts.next()).toEqual({ done: true, value: undefined });
});

test('leaving closes the parts, before it lets go and after', async () => {
  for (const isLetGo of [true, false]) {
    const { parts, closed } = createParts([1, 2]);
    const watched = watchStart(parts, (next, letGo) => {
      if (isLetGo) letGo();
      return next();
    });
    for await (const _part of watched) break;
    expect(closed).toHaveBeenCalledTimes(1);
  }
  const { parts } = createParts([1]);
  {
    await using watched = watchStart(parts, (next) => next());
    await watched.next();
  }
  expect((await parts.next()).done).toBe(true);
});

test('what the parts throw is thrown', async () => {
  async function* failing(): AsyncGenerator<number> {
    yield 1;
    throw new Error('broken');
  }
  const watched = watchStart(failing(), (next) => next());
  expect((await watched.next()).value).toBe(1);
  await expect(watched.next()).rejects.toThrow('broken');
  const { parts } = createParts([1, 2]);
  const other = watchStart(parts, (next) => next());
  await other.next();
  await expect(other.throw(new Error('thrown in'))).rejects.toThrow('thrown in');
});

test('of two that watch either may let go first, and neither sees what comes after', async () => {
  for (const [inner, outer] of [
    [1, 3],
    [3, 1],
  ] as const) {
    const seen: string[] = [];
    const watch = (name: string, last: number, parts: AsyncIterable<number>) =>
      watchStart(parts, async (next, letGo) => {
        const result = await next();
        seen.push(`${name} ${result.value}`);
        if (result.value === last) letGo();
        return result;
      });
    const { parts } = createParts([1, 2, 3, 4, 5]);
    expect(await Array.fromAsync(watch('outer', outer, watch('inner', inner, parts)))).toEqual([1, 2, 3, 4, 5]);
    const expected = (name: string, last: number) => Array.from({ length: last }, (_, part) => `${name} ${part + 1}`);
    expect(seen.toSorted()).toEqual([...expected('inner', inner), ...expected('outer', outer)]);
  }
});
