import type { CallModels } from '#lib/llm/call-models.ts';
import { toLanguageModelAttempt, type AnswerPart } from '#lib/llm/language-model-attempt.ts';
import type { LoadLanguageModel } from '#lib/llm/load-language-model.ts';
import type { ModelTarget } from '#lib/llm/model-router.ts';
import { withSyncSpan } from '#lib/telemetry/tracing/span.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { ApiError } from '#lib/core/api-error.ts';
import type { Guard } from '#lib/guardrails/guard.ts';
import { toAnswerUsage } from './answer-usage.ts';
import type { AnswerEvent, Question } from './answer.ts';
import { createCitationFilter } from './citation-filter.ts';
import { toCitations } from './citations.ts';
import type { Evidence } from './find-evidence.ts';
import { toPrompt } from './prompt.ts';
import { createRefusalFilter } from './refusal-filter.ts';
import { refuse } from './refuse.ts';

interface WriteAnswerDeps {
  callModels: CallModels;
  loadLanguageModel: LoadLanguageModel;
  randomId: () => string;
}

export type WriteAnswer = (
  scope: TenantScope,
  targets: readonly [ModelTarget, ...ModelTarget[]],
  input: Question,
  evidence: Evidence,
  guard: Guard,
  signal: AbortSignal,
) => AsyncGenerator<AnswerEvent>;

type Finish = Extract<AnswerPart, { type: 'finish' }>;

export const defaultMaxOutputTokens = 1_024;

/**
 * Has one of the models answer from the sources, and shows of it what may be shown. Throws as `CallModels` does, and
 * `model_error` for an answer that the tenant's policy blocks.
 */
export const createWriteAnswer = ({ callModels, loadLanguageModel, randomId }: WriteAnswerDeps): WriteAnswer =>
  async function* writeAnswer(scope, targets, input, { query, sources, isDegraded }, guard, signal) {
    const attempt = toLanguageModelAttempt(loadLanguageModel, {
      prompt: toPrompt({ ...input, sources: sources.map(guard.guardSource), fence: randomId().slice(0, 8) }),
      maxOutputTokens: input.maxOutputTokens ?? defaultMaxOutputTokens,
      ...(input.temperature === undefined ? {} : { temperature: input.temperature }),
      providerOptions: { extractive: { question: query, sources: sources.map(({ n, text }) => ({ n, text })) } },
    });
    const markers = createCitationFilter(sources.length);
    const refusals = createRefusalFilter();
    const output = guard.createOutputFilter();
    let model = targets[0].model.id;
    let text = '';
    let finish: Finish | undefined;

    const show = function* (part: string): Generator<AnswerEvent> {
      text += part;
      if (part !== '') yield { type: 'delta', text: part };
      if (output.isBlocked) throw new ApiError('model_error', 'The answer is blocked by the policy of the tenant');
    };
    for await (const { target, parts } of callModels(scope, targets, attempt, signal)) {
      model = target.model.id;
      for (const part of parts) {
        if (part.type === 'finish') finish = part;
        else yield* show(output.push(markers.push(refusals.push(part.text))));
      }
    }
    const rest = refusals.end();
    yield* show(output.push(markers.push(rest.text) + markers.end()));
    yield* show(output.end());

    const facts = { docsRetrieved: sources.length, model, usage: toAnswerUsage(scope.usage), isDegraded };
    if (rest.isRefusal || text.trim() === '') {
      yield* refuse(facts);
      return;
    }
    const citations = withSyncSpan('citations', {}, (span) => {
      const found = toCitations(text, sources);
      span.set({ 'genai.citations': found.length });
      return found;
    });
    yield {
      type: 'end',
      answer: { ...facts, cached: false, text, citations, finish: finish?.reason === 'length' ? 'length' : 'stop' },
    };
  };
