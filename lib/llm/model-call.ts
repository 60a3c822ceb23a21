import { onceRead } from '#lib/core/abort.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { createParts, toParts, type Parts } from '#lib/core/parts.ts';
import type { CallOutcome } from '#lib/usage/ledger-entry.ts';
import { errorTypeOf } from '#lib/telemetry/tracing/error-type.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { createAnswerCount } from './answer-count.ts';
import { leftAlone, timedOut, toCallFailure } from './call-failure.ts';
import { createDeadline } from './deadline.ts';
import { createCallSpan } from './call-span.ts';
import type { CallFacts, MeterCall } from './meter-call.ts';
import type { ModelAttempt } from './model-attempt.ts';
import type { ModelTarget } from './model-router.ts';
import type { TokenUsage } from './prices.ts';
import type { StreamLimits } from './stream-limits.ts';

/** Parts of an answer that came together, and what they are from. */
export interface TargetParts<Part> {
  target: ModelTarget;
  parts: readonly Part[];
}

/** One call of one model. */
export interface ModelCall<Part> {
  /** The parts up to and with the first of the answer; all of them where it has none. Throws `CallFailure`. */
  begin(): Promise<TargetParts<Part>>;
  /** Those that follow. Throws what the provider and the network throw. */
  readonly parts: Parts<TargetParts<Part>>;
  isOutOfTime(): boolean;
  /** Closes the call, unless it has succeeded, and writes down what it came to. */
  end(outcome: CallOutcome): void;
}

interface ModelCallDeps {
  meterCall: MeterCall;
  limits: StreamLimits;
}

/** What comes before an answer is little: a role for each choice, a comment on the prompt. */
const maxHeldParts = 1_000;
const nothing: TokenUsage = { input: 0, cachedInput: 0, output: 0 };

const refuseMore = (): never => {
  throw new ApiError('budget_exhausted', 'The answer is longer than what was set aside for it');
};

export function startModelCall<Part>(
  scope: TenantScope,
  target: ModelTarget,
  attempt: ModelAttempt<Part>,
  { meterCall, limits }: ModelCallDeps,
  outer: AbortSignal,
): ModelCall<Part> {
  const { provider } = target.model;
  // What has been sent is charged for: whoever leaves leaves when it is counted.
  const deadline = createDeadline(onceRead(outer));
  deadline.extend(limits.firstToken + (attempt.extraTime ?? 0));
  const span = createCallSpan(scope, target, attempt);
  const answered = span.run(() => toParts(attempt.open(target, deadline.signal)));
  const answer = createAnswerCount();
  /** A provider that does not keep to the limit must not spend what a hard budget no longer has. */
  const maxOutput = scope.usage.limit !== undefined && provider ? attempt.maxOutput(target.model) : Infinity;
  let usage: TokenUsage | undefined;
  /** Some providers count as they write: what they said before the last words is not what they charge. */
  let isUsageLast = false;
  let hasAnswered = false;
  let isWordBehind = false;
  let isTooLong = false;

  function count(part: Part): void {
    const text = attempt.textOf(part);
    const isOfAnswer = text !== '' || attempt.isAnswer(part);
    span.note(part, { isFirst: isOfAnswer && !hasAnswered });
    hasAnswered ||= isOfAnswer;
    isWordBehind ||= isOfAnswer;
    const told = attempt.usageOf(part);
    if (text !== '') isUsageLast = false;
    if (told) isUsageLast = true;
    usage = told ?? usage;
    answer.add(text);
    isTooLong = answer.leastTokens > maxOutput;
  }

  /** The parts up to the one with which the answer is too long. Throws where none of them is of the answer. */
  function countAll(some: readonly Part[]): readonly Part[] {
    isWordBehind = false;
    let counted = 0;
    for (const part of some) {
      const hasBegun = hasAnswered && counted > 0;
      count(part);
      if (isTooLong) return hasBegun ? some.slice(0, counted) : refuseMore();
      counted += 1;
    }
    return some;
  }

  function fail(error: unknown): never {
    span.fail(deadline.isOver() ? 'timeout' : errorTypeOf(error));
    throw error;
  }

  /** Time runs while the model is waited for: a slow reader is not a slow model. */
  function wait(): void {
    if (isWordBehind) deadline.extend(limits.betweenTokens);
    else deadline.resume();
    isWordBehind = false;
  }

  function read(): IteratorResult<TargetParts<Part>, undefined> | undefined {
    if (isTooLong) refuseMore();
    const result = span.run(answered.poll);
    if (!result) return undefined;
    deadline.pause();
    return result.done ? result : { done: false, value: { target, parts: countAll(result.value) } };
  }

  const parts = createParts({
    poll() {
      try {
        return read();
      } catch (error) {
        return fail(error);
      }
    },
    arrival() {
      // What the provider has yet to say is of no use to anybody.
      if (isTooLong) return Promise.resolve();
      wait();
      return span.run(answered.arrival);
    },
    leave: () => answered.return(undefined),
  });

  /** What failed before its first word is not charged for; what was given up before it, or was too late, is for its prompt. */
  function measure(outcome: CallOutcome): Pick<CallFacts, 'tokens' | 'isEstimated'> {
    if (usage && isUsageLast && outcome === 'success') return { tokens: usage, isEstimated: !provider };
    if (!usage && outcome === 'failed' && !hasAnswered && !deadline.isOver())
      return { tokens: nothing, isEstimated: !provider };
    const { input, cachedInput, output } = usage ?? nothing;
    const tokens = {
      input: Math.max(input, attempt.promptTokens(target.model)),
      cachedInput,
      output: Math.max(output, answer.tokens),
    };
    return { tokens, isEstimated: true };
  }

  return {
    parts,
    async begin() {
      const held: Part[] = [];
      try {
        for (;;) {
          const result = await parts.next();
          if (result.done) return { target, parts: held };
          if (held.push(...result.value.parts) > maxHeldParts && !hasAnswered)
            throw new Error('The model talks, and does not answer');
          if (hasAnswered) return { target, parts: held };
        }
      } catch (error) {
        if (outer.aborted) throw leftAlone(error);
        if (error instanceof ApiError && error.code === 'budget_exhausted') throw error;
        throw deadline.isOver() ? timedOut(error) : toCallFailure(error, target);
      }
    },
    isOutOfTime: deadline.isOver,
    end(outcome) {
      if (outcome === 'success') deadline.clear();
      else deadline.end();
      // Not awaited: a model that never answers must not hold back whoever leaves.
      void answered.return(undefined).catch(() => undefined);
      const measured = measure(outcome);
      span.end(outcome, measured.tokens);
      meterCall(scope, target, { ...measured, outcome });
    },
  };
}
