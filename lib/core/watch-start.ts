type Next<Part> = () => Promise<IteratorResult<Part, unknown>>;

/**
 * The same parts. Until it lets go, `fetch` is what asks for them, by `next`; those that follow are passed on at no cost,
 * where a generator would go on to cost each its share. Throws what `fetch` throws, and what the parts throw.
 */
export function watchStart<Part>(
  parts: AsyncGenerator<Part>,
  fetch: (next: Next<Part>, letGo: () => void) => Promise<IteratorResult<Part, unknown>>,
): AsyncGenerator<Part> {
  let isWatching = true;
  const next = () => parts.next();
  const letGo = () => void (isWatching = false);

  async function watch(): Promise<IteratorResult<Part, unknown>> {
    try {
      return await fetch(next, letGo);
    } catch (error) {
      // What goes wrong then is not what went wrong.
      await parts.return(undefined).catch(() => undefined);
      throw error;
    }
  }

  const watched: AsyncGenerator<Part> = {
    next: () => (isWatching ? watch() : parts.next()),
    return: (value) => parts.return(value),
    throw: (error) => parts.throw(error),
    [Symbol.asyncIterator]: () => watched,
    async [Symbol.asyncDispose]() {
      await parts.return(undefined);
    },
  };
  return watched;
}
