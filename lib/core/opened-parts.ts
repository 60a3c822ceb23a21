import { Parts } from './parts.ts';

/** Parts made of those of a source, which is opened when the first is waited for. */
export abstract class OpenedParts<From, Source extends Parts<From>, Part = From> extends Parts<Part> {
  protected source: Source | undefined;
  #failure: { error: unknown } | undefined;

  /** May end after the parts were left: what it has opened is then to be closed by itself. */
  protected abstract open(): Promise<Source>;

  arrival(): Promise<unknown> {
    return this.source ? this.source.arrival() : this.#open();
  }

  /** What `open` has thrown is thrown here. */
  protected pollSource(): IteratorResult<From, undefined> | undefined {
    if (this.#failure) throw this.#failure.error;
    return this.source?.poll();
  }

  async #open(): Promise<void> {
    try {
      this.source = await this.open();
    } catch (error) {
      this.#failure = { error };
    }
  }
}
