import { AwaitedParts, toParts, type Parts } from './parts.ts';

type Next<Part> = () => Promise<IteratorResult<Part, undefined>>;
type Fetch<Part> = (next: Next<Part>, letGo: () => void) => Promise<IteratorResult<Part, undefined>>;

class WatchedParts<Part> extends AwaitedParts<Part> {
  readonly #parts: Parts<Part>;
  readonly #fetch: Fetch<Part>;
  #isWatching = true;
  #hasHandedOver = false;

  constructor(parts: Parts<Part>, fetch: Fetch<Part>) {
    super();
    this.#parts = parts;
    this.#fetch = fetch;
  }

  override arrival(): Promise<unknown> {
    return this.#hasHandedOver ? this.#parts.arrival() : super.arrival();
  }

  override poll(): IteratorResult<Part, undefined> | undefined {
    if (this.#hasHandedOver) return this.#parts.poll();
    const result = super.poll();
    if (result) this.#hasHandedOver = !this.#isWatching;
    return result;
  }

  protected async fetch(): Promise<IteratorResult<Part, undefined>> {
    try {
      return await this.#fetch(
        () => this.#parts.next(),
        () => void (this.#isWatching = false),
      );
    } catch (error) {
      // What goes wrong then is not what went wrong.
      await this.#parts.return(undefined).catch(() => undefined);
      throw error;
    }
  }

  protected leave(): unknown {
    return this.#parts.return(undefined);
  }
}

/**
 * The same parts. Until it lets go, `fetch` is what asks for them, by `next`; those that follow are asked for as if nobody
 * had watched. Throws what `fetch` throws, and what the parts throw.
 */
export const watchStart = <Part>(iterable: AsyncIterable<Part>, fetch: Fetch<Part>): Parts<Part> =>
  new WatchedParts(toParts(iterable), fetch);
