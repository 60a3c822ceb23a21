type Result<Part> = IteratorResult<Part, undefined>;

/**
 * An async generator that can also be asked without waiting. Where parts pass through many hands, as the tokens of a
 * stream do, whoever reads them waits once for each, in the place where it arrives; the hands between are plain calls.
 * By `next` alone each of them would be an await of its own. Asked by one at a time.
 *
 * A class, as are those that carry each token: where hundreds of streams take turns, most of what a hand costs is to fetch
 * what it holds from memory, and closures are an object for each function where this is one.
 */
export abstract class Parts<Part> implements AsyncGenerator<Part, undefined> {
  #hasEnded = false;

  /** Resolves when it is time to poll, which is at once where something is there. Never rejects: the poll tells. */
  abstract arrival(): Promise<unknown>;

  /** The next part, or the end; nothing where it has yet to arrive. Throws what went wrong. Not to be asked after that. */
  abstract poll(): Result<Part> | undefined;

  /** The parts are left. Nothing is to happen where they have ended, or failed. */
  protected abstract leave(): unknown;

  async next(): Promise<Result<Part>> {
    while (!this.#hasEnded) {
      await this.arrival();
      if (this.#hasEnded) break;
      // Whatever is thrown is the end as well.
      this.#hasEnded = true;
      const result = this.poll();
      this.#hasEnded = result?.done === true;
      if (result) return result;
    }
    return { done: true, value: undefined };
  }

  async return(value?: undefined | PromiseLike<undefined>): Promise<Result<Part>> {
    await this.#end();
    return { done: true, value: await value };
  }

  async throw(error: unknown): Promise<Result<Part>> {
    await this.#end();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end();
  }

  async #end(): Promise<void> {
    this.#hasEnded = true;
    await this.leave();
  }
}

/** What promises give, one after the other. */
export abstract class AwaitedParts<Part> extends Parts<Part> {
  #settled: { result: Result<Part> } | { error: unknown } | undefined;

  protected abstract fetch(): Promise<Result<Part>>;

  arrival(): Promise<unknown> {
    return this.#settle();
  }

  poll(): Result<Part> | undefined {
    const settled = this.#settled;
    this.#settled = undefined;
    if (!settled) return undefined;
    if ('error' in settled) throw settled.error;
    return settled.result;
  }

  async #settle(): Promise<void> {
    try {
      this.#settled = { result: await this.fetch() };
    } catch (error) {
      this.#settled = { error };
    }
  }
}

class GeneratorParts<Part> extends AwaitedParts<Part> {
  readonly #iterator: AsyncIterator<Part>;

  constructor(iterable: AsyncIterable<Part>) {
    super();
    this.#iterator = iterable[Symbol.asyncIterator]();
  }

  protected async fetch(): Promise<Result<Part>> {
    const result = await this.#iterator.next();
    return result.done ? { done: true, value: undefined } : result;
  }

  protected leave(): unknown {
    return this.#iterator.return?.();
  }
}

/** The same parts; those of a generator are waited for one by one. */
export const toParts = <Part>(iterable: AsyncIterable<Part>): Parts<Part> =>
  iterable instanceof Parts ? iterable : new GeneratorParts(iterable);

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
