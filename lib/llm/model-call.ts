import type { CallOutcome } from '#lib/usage/ledger-entry.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { leftAlone, timedOut, toCallFailure } from './call-failure.ts';
import { createDeadline } from './deadline.ts';
import { estimateTokens } from './estimate-tokens.ts';
import type { MeterCall } from './meter-call.ts';
import type { ModelAttempt } from './model-attempt.ts';
import type { ModelTarget } from './model-router.ts';
import type { TokenUsage } from './prices.ts';
import type { StreamLimits } from './stream-limits.ts';

/** One call of one model. */
export interface ModelCall<Part> {
  readonly target: ModelTarget;
  /** The parts up to and with the first of the answer; all of them where it has none. Throws `CallFailure`. */
  begin(): Promise<Part[]>;
  next(): Promise<IteratorResult<Part, unknown>>;
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

export function startModelCall<Part>(
  scope: TenantScope,
  target: ModelTarget,
  attempt: ModelAttempt<Part>,
  { meterCall, limits }: ModelCallDeps,
  outer: AbortSignal,
): ModelCall<Part> {
  const deadline = createDeadline(outer);
  deadline.extend(limits.firstToken);
  const parts = attempt.open(target, deadline.signal)[Symbol.asyncIterator]();
  let usage: TokenUsage | undefined;
  let characters = 0;
  let hasAnswered = false;
  /** The time between words begins when the reader asks for the next one: a slow reader is not a slow model. */
  let isWordBehind = false;

  async function next(): Promise<IteratorResult<Part, unknown>> {
    if (isWordBehind) deadline.extend(limits.betweenTokens);
    const result = await parts.next();
    isWordBehind = !result.done && attempt.isContent(result.value);
    if (result.done) return result;
    hasAnswered ||= isWordBehind;
    usage = attempt.usageOf(result.value) ?? usage;
    characters += attempt.lengthOf(result.value);
    return result;
  }

  /** What failed before its first word is not charged for; what was given up before it, or was too late, is for its prompt. */
  function tokensOf(outcome: CallOutcome): TokenUsage {
    if (usage) return usage;
    if (outcome === 'failed' && !hasAnswered && !deadline.isOver()) return nothing;
    return { input: attempt.promptTokens(target.model), cachedInput: 0, output: estimateTokens(characters) };
  }

  return {
    target,
    next,
    async begin() {
      const held: Part[] = [];
      try {
        while (!hasAnswered) {
          const result = await next();
          if (result.done) break;
          if (held.push(result.value) > maxHeldParts) throw new Error('The model talks, and does not answer');
        }
        return held;
      } catch (error) {
        if (outer.aborted) throw leftAlone(error);
        throw deadline.isOver() ? timedOut(error) : toCallFailure(error, target);
      }
    },
    isOutOfTime: deadline.isOver,
    end(outcome) {
      if (outcome === 'success') deadline.clear();
      else deadline.end();
      // Not awaited: a model that never answers must not hold back whoever leaves.
      void parts.return?.().catch(() => undefined);
      const tokens = tokensOf(outcome);
      const isCounted = usage !== undefined || tokens === nothing;
      meterCall(scope, target, { tokens, isEstimated: !isCounted || !target.model.provider, outcome });
    },
  };
}
