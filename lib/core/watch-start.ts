type Next<Part> = () => Promise<IteratorResult<Part, unknown>>;

/**
 * The same parts, the first of which `fetch` asks for, by `next`, until it lets go. A generator that has seen what it is
 * there for would go on to cost each part its share; this costs those that follow nothing. Throws what `fetch` throws, and
 * what the parts throw.
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
      await parts.return(undefined);
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
