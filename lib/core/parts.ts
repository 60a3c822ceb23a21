type Result<Part> = IteratorResult<Part, undefined>;

/**
 * An async generator that can also be asked without waiting. Where parts pass through many hands, as the tokens of a
 * stream do, whoever reads them waits once for each, in the place where it arrives; the hands between are plain calls.
 * By `next` alone each of them would be an await of its own.
 */
export interface Parts<Part> extends AsyncGenerator<Part, undefined> {
  /** Resolves when it is time to poll, which is at once where something is there. Never rejects: the poll tells. */
  arrival(): Promise<unknown>;
  /** The next part, or the end; nothing where it has yet to arrive. Throws what went wrong. Not to be asked after that. */
  poll(): Result<Part> | undefined;
}

interface PartSource<Part> {
  poll(): Result<Part> | undefined;
  arrival(): Promise<unknown>;
  /** The parts are left. Nothing is to happen where they have ended, or failed. */
  leave(): unknown;
}

/** Asked by one at a time. */
export function createParts<Part>({ poll, arrival, leave }: PartSource<Part>): Parts<Part> {
  let hasEnded = false;

  async function end(): Promise<void> {
    hasEnded = true;
    await leave();
  }

  const parts: Parts<Part> = {
    // No more hands than there have to be: most of what one costs is to fetch what it holds from memory.
    poll,
    arrival,
    async next() {
      while (!hasEnded) {
        await parts.arrival();
        if (hasEnded) break;
        // Whatever is thrown is the end as well.
        hasEnded = true;
        const result = parts.poll();
        hasEnded = result?.done === true;
        if (result) return result;
      }
      return { done: true, value: undefined };
    },
    async return(value) {
      await end();
      return { done: true, value: await value };
    },
    async throw(error) {
      await end();
      throw error;
    },
    [Symbol.asyncIterator]: () => parts,
    [Symbol.asyncDispose]: end,
  };
  return parts;
}

const isParts = <Part>(iterable: AsyncIterable<Part>): iterable is Parts<Part> => 'poll' in iterable;

/** The same parts; those of a generator are waited for one by one. */
export function toParts<Part>(iterable: AsyncIterable<Part>): Parts<Part> {
  if (isParts(iterable)) return iterable;
  const iterator = iterable[Symbol.asyncIterator]();
  return createParts({ ...createSlot(() => iterator.next()), leave: () => iterator.return?.() });
}

/** What promises give, one after the other, to be polled for. */
export function createSlot<Part>(next: () => Promise<Result<Part>>): Pick<PartSource<Part>, 'poll' | 'arrival'> {
  let settled: { result: Result<Part> } | { error: unknown } | undefined;
  return {
    poll() {
      const now = settled;
      settled = undefined;
      if (!now) return undefined;
      if ('error' in now) throw now.error;
      return now.result;
    },
    async arrival() {
      try {
        settled = { result: await next() };
      } catch (error) {
        settled = { error };
      }
    },
  };
}

/** Hands over each part, and waits where that is asked for. Throws what the parts and the handler throw. */
export async function eachPart<Part>(
  parts: Parts<Part>,
  handle: (part: Part) => Promise<unknown> | undefined,
): Promise<void> {
  try {
    for (;;) {
      await parts.arrival();
      const result = parts.poll();
      if (result?.done) return;
      const waiting = result && handle(result.value);
      if (waiting) await waiting;
    }
  } catch (error) {
    // What goes wrong then is not what went wrong.
    await parts.return(undefined).catch(() => undefined);
    throw error;
  }
}
