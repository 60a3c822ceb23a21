import type { CallOutcome } from '#lib/usage/ledger-entry.ts';
import { abortedType } from '#lib/telemetry/tracing/error-type.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { AnswerEnd, ModelAttempt } from './model-attempt.ts';
import { openModelSpan, toUsageAttributes } from './model-span.ts';
import type { ModelTarget } from './model-router.ts';
import type { TokenUsage } from './prices.ts';

/** A call of a model as the trace shows it: nothing of what was asked or answered. */
export interface CallSpan<Part> {
  readonly isRecording: boolean;
  run<Result>(work: () => Result): Result;
  note(part: Part, about: { isFirst: boolean }): void;
  /** Why it fails, should its outcome be that. */
  fail(type: string): void;
  end(outcome: CallOutcome, tokens: TokenUsage): void;
}

/** Models have been seen to give as many choices, and no more names than this are worth showing. */
const maxReasons = 128;
/** What a provider says is not ours to trust. */
const isName = (text: string): boolean => /^[\w.:/@-]{1,200}$/.test(text);

export function createCallSpan<Part>(
  { tenantId }: TenantScope,
  { model }: ModelTarget,
  attempt: Pick<ModelAttempt<Part>, 'endOf'>,
): CallSpan<Part> {
  const span = openModelSpan(model, { 'genai.tenant_id': tenantId, 'gen_ai.request.stream': model.kind === 'chat' });
  const started = performance.now();
  const reasons: string[] = [];
  let failure: string | undefined;

  function noteEnd({ model: name, reasons: more = [] }: AnswerEnd): void {
    if (name !== undefined && isName(name)) span.set({ 'gen_ai.response.model': name });
    for (const reason of more) if (reasons.length < maxReasons && isName(reason)) reasons.push(reason);
  }

  return {
    isRecording: span.isRecording,
    run: span.run,
    note(part, { isFirst }) {
      if (!span.isRecording) return;
      if (isFirst) span.set({ 'gen_ai.response.time_to_first_chunk': (performance.now() - started) / 1_000 });
      const end = attempt.endOf?.(part);
      if (end) noteEnd(end);
    },
    fail(type) {
      failure = type;
    },
    end(outcome, tokens) {
      if (!span.isRecording) return;
      span.set(toUsageAttributes(tokens));
      if (reasons.length > 0) span.set({ 'gen_ai.response.finish_reasons': reasons });
      if (outcome === 'aborted') span.fail(abortedType);
      else if (outcome !== 'success') span.fail(failure ?? 'model_error');
      span.end();
    },
  };
}
