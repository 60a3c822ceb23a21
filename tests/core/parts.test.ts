import { expect, test, vi } from 'vitest';
import { eachPart, Parts, toParts } from '#lib/core/parts.ts';

/** Parts that somebody gives, ends or breaks from outside. */
function createFeed() {
  const ready: (number | Error | undefined)[] = [];
  const left = vi.fn();
  let arrived = Promise.withResolvers<void>();
  class Feed extends Parts<number> {
    poll(): IteratorResult<number, undefined> | undefined {
      if (ready.length === 0) return undefined;
      const part = ready.shift();
      if (part instanceof Error) throw part;
      return part === undefined ? { done: true, value: undefined } : { done: false, value: part };
    }
    arrival(): Promise<void> {
      if (ready.length > 0) return Promise.resolve();
      arrived = Promise.withResolvers();
      return arrived.promise;
    }
    protected leave(): void {
      left();
    }
  }
  const parts = new Feed();
  const give = (...more: typeof ready) => {
    ready.push(...more);
    arrived.resolve();
  };
  return { parts, give, left };
}

test('parts are a generator as well', async () => {
  const { parts, give } = createFeed();
  const all = Array.fromAsync(parts);
  give(1);
  await Promise.resolve();
  give(2, 3, undefined);
  expect(await all).toEqual([1, 2, 3]);
  expect(await parts.next()).toEqual({ done: true, value: undefined });
});

test('what has arrived can be had without waiting, and what has not is not there', async () => {
  const { parts, give } = createFeed();
  expect(parts.poll()).toBeUndefined();
  give(1);
  expect(parts.poll()).toEqual({ done: false, value: 1 });
  expect(parts.poll()).toBeUndefined();
});

test('after a failure there is nothing more', async () => {
  const { parts, give, left } = createFeed();
  give(1, new Error('broken'), 2);
  expect((await parts.next()).value).toBe(1);
  await expect(parts.next()).rejects.toThrow('broken');
  expect((await parts.next()).done).toBe(true);
  expect(left).not.toHaveBeenCalled();
});

test('who leaves while a part is waited for gets it no more', async () => {
  const { parts, give } = createFeed();
  const waiting = parts.next();
  await parts.return(undefined);
  give(1);
  expect(await waiting).toEqual({ done: true, value: undefined });
});

test('leaving is told, by whatever way', async () => {
  for (const leave of [
    (parts: AsyncGenerator<number>) => parts.return(undefined),
    (parts: AsyncGenerator<number>) => parts.throw(new Error('enough')).catch(() => undefined),
    (parts: AsyncGenerator<number>) => parts[Symbol.asyncDispose](),
  ]) {
    const { parts, give, left } = createFeed();
    give(1, 2);
    await parts.next();
    await leave(parts);
    expect(left).toHaveBeenCalledTimes(1);
    expect((await parts.next()).done).toBe(true);
  }
});

test('each part is handed over in turn, and waited for where its handler asks for it', async () => {
  const { parts, give } = createFeed();
  const seen: string[] = [];
  const reading = eachPart(parts, (part) => {
    seen.push(`${part} begins`);
    return part === 2 ? Promise.resolve().then(() => void seen.push('2 ends')) : undefined;
  });
  give(1, 2, 3, undefined);
  await reading;
  expect(seen).toEqual(['1 begins', '2 begins', '2 ends', '3 begins']);
});

test('a handler that fails, or that waits in vain, leaves the parts', async () => {
  for (const handle of [() => expect.fail('no more'), () => Promise.reject(new Error('no more'))]) {
    const { parts, give, left } = createFeed();
    give(1, 2);
    await expect(eachPart(parts, handle)).rejects.toThrow('no more');
    expect(left).toHaveBeenCalledTimes(1);
  }
});

test('a generator is waited for part by part, and is closed by whoever leaves', async () => {
  const closed = vi.fn();
  async function* numbers(): AsyncGenerator<number> {
    try {
      yield 1;
      yield 2;
      throw new Error('broken');
    } finally {
      closed();
    }
  }
  const seen: number[] = [];
  await expect(eachPart(toParts(numbers()), (part) => void seen.push(part))).rejects.toThrow('broken');
  expect(seen).toEqual([1, 2]);
  for await (const _part of toParts(numbers())) break;
  expect(closed).toHaveBeenCalledTimes(2);
  const { parts } = createFeed();
  expect(toParts(parts)).toBe(parts);
});
