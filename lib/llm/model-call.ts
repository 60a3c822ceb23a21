import { onceRead } from '#lib/core/abort.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { Parts, toParts } from '#lib/core/parts.ts';
import type { CallOutcome } from '#lib/usage/ledger-entry.ts';
import { errorTypeOf } from '#lib/telemetry/tracing/error-type.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { AnswerCount } from './answer-count.ts';
import { leftAlone, timedOut, toCallFailure } from './call-failure.ts';
import { Deadline } from './deadline.ts';
import { createCallSpan, type CallSpan } from './call-span.ts';
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

interface ModelCallDeps {
  meterCall: MeterCall;
  limits: StreamLimits;
}

/** What comes before an answer is little: a role for each choice, a comment on the prompt. */
const maxHeldParts = 1_000;
/** Of an answer that may be as long as it likes: a small whole number, which is no object of its own. */
const maxTokens = 2 ** 31 - 1;
const nothing: TokenUsage = { input: 0, cachedInput: 0, output: 0 };

const refuseMore = (): never => {
  throw new ApiError('budget_exhausted', 'The answer is longer than what was set aside for it');
};

/**
 * One call of one model, and the parts of its answer: the first by `begin`, those that follow one by one, which throws what
 * the provider and the network throw.
 */
export class ModelCall<Part> extends Parts<TargetParts<Part>> {
  readonly #scope: TenantScope;
  readonly #target: ModelTarget;
  readonly #attempt: ModelAttempt<Part>;
  readonly #meterCall: MeterCall;
  readonly #outer: AbortSignal;
  readonly #deadline: Deadline;
  readonly #span: CallSpan<Part>;
  readonly #answered: Parts<readonly Part[]>;
  readonly #answer = new AnswerCount();
  readonly #betweenTokens: number;
  /** A provider that does not keep to the limit must not spend what a hard budget no longer has. */
  readonly #maxOutput: number;
  #hasAnswered = false;
  #isWordBehind = false;
  #isTooLong = false;
  #isOver = false;

  constructor(
    scope: TenantScope,
    target: ModelTarget,
    attempt: ModelAttempt<Part>,
    { meterCall, limits }: ModelCallDeps,
    outer: AbortSignal,
  ) {
    super();
    this.#scope = scope;
    this.#target = target;
    this.#attempt = attempt;
    this.#meterCall = meterCall;
    this.#outer = outer;
    this.#betweenTokens = limits.betweenTokens;
    this.#maxOutput =
      scope.usage.limit !== undefined && target.model.provider ? attempt.maxOutput(target.model) : maxTokens;
    // What has been sent is charged for: whoever leaves leaves when it is counted.
    this.#deadline = new Deadline(onceRead(outer));
    this.#deadline.extend(limits.firstToken + (attempt.extraTime ?? 0));
    this.#span = createCallSpan(scope, target, attempt);
    this.#answered = this.#span.run(() => toParts(attempt.open(target, this.#deadline.signal)));
  }

  get isOutOfTime(): boolean {
    return this.#deadline.isOver;
  }

  /** The parts up to and with the first of the answer; all of them where it has none. Throws `CallFailure`. */
  async begin(): Promise<TargetParts<Part>> {
    const held: Part[] = [];
    try {
      for (;;) {
        const result = await this.next();
        if (result.done) return { target: this.#target, parts: held };
        if (held.push(...result.value.parts) > maxHeldParts && !this.#hasAnswered)
          throw new Error('The model talks, and does not answer');
        if (this.#hasAnswered) return { target: this.#target, parts: held };
      }
    } catch (error) {
      if (this.#outer.aborted) throw leftAlone(error);
      if (error instanceof ApiError && error.code === 'budget_exhausted') throw error;
      throw this.isOutOfTime ? timedOut(error) : toCallFailure(error, this.#target);
    }
  }

  /** Closes the call, unless it has succeeded, and writes down what it came to, once. */
  end(outcome: CallOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (outcome === 'success') this.#deadline.clear();
    else this.#deadline.end();
    // Not awaited: a model that never answers must not hold back whoever leaves.
    void this.#answered.return().catch(() => undefined);
    const measured = this.#measure(outcome);
    this.#span.end(outcome, measured.tokens);
    this.#meterCall(this.#scope, this.#target, { ...measured, outcome });
  }

  arrival(): Promise<unknown> {
    // What the provider has yet to say is of no use to anybody.
    if (this.#isTooLong) return Promise.resolve();
    this.#resumeTime();
    // No function is made for each token where nobody traces.
    return this.#span.isRecording ? this.#span.run(() => this.#answered.arrival()) : this.#answered.arrival();
  }

  poll(): IteratorResult<TargetParts<Part>, undefined> | undefined {
    try {
      if (this.#isTooLong) refuseMore();
      const result = this.#span.isRecording ? this.#span.run(() => this.#answered.poll()) : this.#answered.poll();
      if (!result) return undefined;
      this.#deadline.pause();
      if (result.done) return result;
      return { done: false, value: { target: this.#target, parts: this.#countAll(result.value) } };
    } catch (error) {
      this.#span.fail(this.isOutOfTime ? 'timeout' : errorTypeOf(error));
      throw error;
    }
  }

  protected leave(): void {
    this.end('aborted');
  }

  /** Time runs while the model is waited for: a slow reader is not a slow model. */
  #resumeTime(): void {
    if (this.#isWordBehind) this.#deadline.extend(this.#betweenTokens);
    else this.#deadline.resume();
    this.#isWordBehind = false;
  }

  /** The parts up to the one with which the answer is too long. Throws where none of them is of the answer. */
  #countAll(some: readonly Part[]): readonly Part[] {
    this.#isWordBehind = false;
    let counted = 0;
    for (const part of some) {
      const hasBegun = this.#hasAnswered && counted > 0;
      this.#count(part);
      if (this.#isTooLong) return hasBegun ? some.slice(0, counted) : refuseMore();
      counted += 1;
    }
    return some;
  }

  #count(part: Part): void {
    const text = this.#attempt.textOf(part);
    const isOfAnswer = text !== '' || this.#attempt.isAnswer(part);
    this.#span.note(part, { isFirst: isOfAnswer && !this.#hasAnswered });
    this.#hasAnswered ||= isOfAnswer;
    this.#isWordBehind ||= isOfAnswer;
    this.#answer.add(text, this.#attempt.usageOf(part));
    this.#isTooLong = this.#answer.leastTokens > this.#maxOutput;
  }

  /** What failed before its first word is not charged for; what was given up before it, or was too late, is for its prompt. */
  #measure(outcome: CallOutcome): Pick<CallFacts, 'tokens' | 'isEstimated'> {
    const { model } = this.#target;
    const { told, toldOfAll } = this.#answer;
    if (toldOfAll && outcome === 'success') return { tokens: toldOfAll, isEstimated: !model.provider };
    if (!told && outcome === 'failed' && !this.#hasAnswered && !this.isOutOfTime)
      return { tokens: nothing, isEstimated: !model.provider };
    const { input, cachedInput, output } = told ?? nothing;
    const tokens = {
      input: Math.max(input, this.#attempt.promptTokens(model)),
      cachedInput,
      output: Math.max(output, this.#answer.tokens),
    };
    return { tokens, isEstimated: true };
  }
}
