import { setTimeout as wait } from 'node:timers/promises';
import { ApiError } from '#lib/core/api-error.ts';
import { Parts } from '#lib/core/parts.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { CallOutcome } from '#lib/usage/ledger-entry.ts';
import { CallFailure, leftAlone } from './call-failure.ts';
import { Deadline } from './deadline.ts';
import type { MeterCall } from './meter-call.ts';
import type { ModelAttempt } from './model-attempt.ts';
import { ModelCall, type TargetParts } from './model-call.ts';
import { retryAfterOf, toModelError } from './model-error.ts';
import type { ModelTarget } from './model-router.ts';
import type { ProviderBreakers } from './provider-breakers.ts';
import { defaultStreamLimits, maxTries, type StreamLimits } from './stream-limits.ts';

/**
 * The first answer that one of the models begins, as it comes. Before its first word each model is tried twice, then
 * the next one; after it nothing is tried again. Every call is metered, whatever becomes of it. Throws `model_timeout`,
 * `model_overloaded`, `model_error`, `budget_exhausted` for an answer that is longer than it may be where a budget is
 * hard, or the signal's reason. Leaving the parts closes the call.
 */
export type CallModels = <Part>(
  scope: TenantScope,
  targets: readonly [ModelTarget, ...ModelTarget[]],
  attempt: ModelAttempt<Part>,
  signal: AbortSignal,
) => Parts<TargetParts<Part>>;

interface CallModelsDeps {
  breakers: ProviderBreakers;
  meterCall: MeterCall;
  metrics: Pick<Metrics, 'modelRetry'>;
  random: () => number;
  limits?: StreamLimits;
}

/** A call that has said its first word, and what it has said up to it. */
interface Begun<Part> {
  call: ModelCall<Part>;
  held: TargetParts<Part>;
}

/** The answer that one of the models begins, and what becomes of it. */
class Answer<Part> extends Parts<TargetParts<Part>> {
  readonly #begin: () => Promise<Begun<Part>>;
  readonly #signal: AbortSignal;
  readonly #total: Deadline;
  #call: ModelCall<Part> | undefined;
  #held: TargetParts<Part> | undefined;
  #failure: { error: unknown } | undefined;
  #hasEnded = false;

  constructor(begin: () => Promise<Begun<Part>>, total: Deadline, signal: AbortSignal) {
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
      const begun = await this.#begin();
      this.#call = begun.call;
      if (begun.held.parts.length > 0) this.#held = begun.held;
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
    this.#total.clear();
    this.#call?.end(outcome);
  }

  #fail(error: unknown): never {
    this.#end(this.#signal.aborted ? 'aborted' : 'failed');
    this.#signal.throwIfAborted();
    const isLate = this.#total.isOver || this.#call?.isOutOfTime;
    throw isLate ? new ApiError('model_timeout', undefined, { cause: error }) : toModelError(error);
  }
}

export function createCallModels(deps: CallModelsDeps): CallModels {
  const { breakers, meterCall, metrics, random, limits = defaultStreamLimits } = deps;

  /** Milliseconds to wait before the same model is asked again; `undefined` where that is of no use. */
  function retryDelay(failure: CallFailure, remaining: number): number | undefined {
    if (!failure.facts.isRetryable) return undefined;
    const asked = (retryAfterOf(failure.problem.cause) ?? 0) * 1000;
    const delay = asked + 200 + random() * 300;
    return delay <= remaining ? delay : undefined;
  }

  async function begin<Part>(
    { account }: TenantScope,
    start: (target: ModelTarget) => ModelCall<Part>,
    target: ModelTarget,
    total: Deadline,
  ): Promise<Begun<Part> | CallFailure> {
    const run = async () => {
      const call = start(target);
      try {
        return { call, held: await call.begin() };
      } catch (error) {
        call.end(total.signal.aborted && !total.isOver ? 'aborted' : 'failed');
        throw error;
      }
    };
    try {
      const caller = { providerId: target.model.provider?.id, account, isOwnKey: target.isOwnKey };
      return await breakers.run(caller, run, total.signal);
    } catch (error) {
      if (error instanceof CallFailure) return error;
      throw error;
    }
  }

  async function beginFirst<Part>(
    scope: TenantScope,
    start: (target: ModelTarget) => ModelCall<Part>,
    targets: readonly [ModelTarget, ...ModelTarget[]],
    total: Deadline,
  ): Promise<Begun<Part>> {
    const { signal } = total;
    let failure: CallFailure | undefined;
    for (const [index, target] of targets.entries()) {
      if (index > 0) metrics.modelRetry('fallback');
      const startedAt = performance.now();
      for (let tries = 1; ; tries += 1) {
        const begun = await begin(scope, start, target, total);
        if (!(begun instanceof CallFailure)) return begun;
        failure = begun;
        signal.throwIfAborted();
        const remaining = limits.firstToken - (performance.now() - startedAt);
        const delay = tries < maxTries ? retryDelay(failure, remaining) : undefined;
        if (delay === undefined) break;
        await wait(delay, undefined, { signal });
        metrics.modelRetry('retry');
      }
      if (!failure.facts.isMovable) break;
    }
    throw (failure ?? leftAlone(undefined)).problem;
  }

  return (scope, targets, attempt, signal) => {
    const total = new Deadline(signal);
    const start = (target: ModelTarget) => new ModelCall(scope, target, attempt, { meterCall, limits }, total.signal);
    const beginAnswer = () => {
      total.extend(limits.total);
      return beginFirst(scope, start, targets, total);
    };
    return new Answer(beginAnswer, total, signal);
  };
}
