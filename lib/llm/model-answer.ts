import { ApiError } from '#lib/core/api-error.ts';
import { OpenedParts } from '#lib/core/opened-parts.ts';
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
export class ModelAnswer<Part> extends OpenedParts<TargetParts<Part>, ModelCall<Part>> {
  readonly #begin: () => Promise<BegunCall<Part>>;
  readonly #signal: AbortSignal;
  readonly #total: Deadline;
  #held: TargetParts<Part> | undefined;
  #isOver = false;

  constructor(begin: () => Promise<BegunCall<Part>>, total: Deadline, signal: AbortSignal) {
    super();
    this.#begin = begin;
    this.#total = total;
    this.#signal = signal;
  }

  poll(): IteratorResult<TargetParts<Part>, undefined> | undefined {
    try {
      if (this.#held) return { done: false, value: this.#takeHeld(this.#held) };
      const result = this.pollSource();
      if (result?.done) this.#finish('success');
      return result;
    } catch (error) {
      return this.#fail(error);
    }
  }

  protected async open(): Promise<ModelCall<Part>> {
    const { call, held } = await this.#begin();
    if (this.#isOver) call.end('aborted');
    if (held.parts.length > 0) this.#held = held;
    return call;
  }

  protected leave(): void {
    this.#finish('aborted');
  }

  #takeHeld(held: TargetParts<Part>): TargetParts<Part> {
    this.#held = undefined;
    return held;
  }

  #finish(outcome: CallOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // Without a call one is being begun, or none could be.
    if (this.source) this.#total.clear();
    else this.#total.end();
    this.source?.end(outcome);
  }

  #fail(error: unknown): never {
    this.#finish(this.#signal.aborted ? 'aborted' : 'failed');
    this.#signal.throwIfAborted();
    const isLate = this.#total.isOver || this.source?.isOutOfTime;
    throw isLate ? new ApiError('model_timeout', undefined, { cause: error }) : toModelError(error);
  }
}
