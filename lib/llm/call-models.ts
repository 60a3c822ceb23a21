import { setTimeout as wait } from 'node:timers/promises';
import type { Parts } from '#lib/core/parts.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { CallFailure, leftAlone } from './call-failure.ts';
import { Deadline } from './deadline.ts';
import type { MeterCall } from './meter-call.ts';
import type { ModelAttempt } from './model-attempt.ts';
import { ModelAnswer, type BegunCall } from './model-answer.ts';
import { ModelCall, type TargetParts } from './model-call.ts';
import { retryAfterOf } from './model-error.ts';
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
  ): Promise<BegunCall<Part> | CallFailure> {
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
  ): Promise<BegunCall<Part>> {
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
    return new ModelAnswer(beginAnswer, total, signal);
  };
}
