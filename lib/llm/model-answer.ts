import { ApiError } from '#lib/core/api-error.ts';
import { Parts } from '#lib/core/parts.ts';
import type { CallOutcome } from '#lib/usage/ledger-entry.ts';
import type { Deadline } from './deadline.ts';
import type { ModelCall, TargetParts } from './model-call.ts';
import { toModelError } from './model-error.ts';

/** A call that has said its first word, and what it has said up to it. */
export interface BegunCall<Part> {
  call: ModelCall<Part>;
  held: TargetParts<Part>;
}

/** The answer of the call that has begun one, and what becomes of it. Throws what `CallModels` says. */
export class ModelAnswer<Part> extends Parts<TargetParts<Part>> {
  readonly #begin: () => Promise<BegunCall<Part>>;
  readonly #signal: AbortSignal;
  readonly #total: Deadline;
  #call: ModelCall<Part> | undefined;
  #held: TargetParts<Part> | undefined;
  #failure: { error: unknown } | undefined;
  #hasEnded = false;

  constructor(begin: () => Promise<BegunCall<Part>>, total: Deadline, signal: AbortSignal) {
    super();
    this.#begin = begin;
    this.#total = total;
    this.#signal = signal;
  }

  arrival(): Promise<unknown> {
    return this.#call ? this.#call.arrival() : this.#open();
  }

  poll(): IteratorResult<TargetParts<Part>, undefined> | undefined {
    try {
      const result = this.#read();
      if (result?.done) this.#end('success');
      return result;
    } catch (error) {
      return this.#fail(error);
    }
  }

  protected leave(): void {
    this.#end('aborted');
  }

  async #open(): Promise<void> {
    try {
      const { call, held } = await this.#begin();
      // Left in the meantime.
      if (this.#hasEnded) return call.end('aborted');
      this.#call = call;
      if (held.parts.length > 0) this.#held = held;
    } catch (error) {
      this.#failure = { error };
    }
  }

  #read(): IteratorResult<TargetParts<Part>, undefined> | undefined {
    if (this.#failure) throw this.#failure.error;
    if (!this.#held) return this.#call?.poll();
    const value = this.#held;
    this.#held = undefined;
    return { done: false, value };
  }

  #end(outcome: CallOutcome): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (this.#call) this.#total.clear();
    else this.#total.end();
    this.#call?.end(outcome);
  }

  #fail(error: unknown): never {
    this.#end(this.#signal.aborted ? 'aborted' : 'failed');
    this.#signal.throwIfAborted();
    const isLate = this.#total.isOver || this.#call?.isOutOfTime;
    throw isLate ? new ApiError('model_timeout', undefined, { cause: error }) : toModelError(error);
  }
}
