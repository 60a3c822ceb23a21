import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FinishReason,
  LanguageModelV4Prompt,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import { abortable } from '#lib/core/abort.ts';
import { ApiError } from '#lib/core/api-error.ts';
import type { CatalogueModel } from './catalogue.ts';
import { englishLength, estimateTokens } from './estimate-tokens.ts';
import type { LoadLanguageModel } from './load-language-model.ts';
import type { ModelAttempt } from './model-attempt.ts';
import { toModelError } from './model-error.ts';
import type { ModelTarget } from './model-router.ts';
import type { TokenUsage } from './prices.ts';

/** A word or more of an answer, or its end, which comes once. */
export type AnswerPart =
  | { type: 'delta'; text: string }
  | {
      type: 'finish';
      reason: LanguageModelV4FinishReason['unified'];
      usage: TokenUsage | undefined;
      model: string | undefined;
    };

export type LanguageModelCall = Omit<LanguageModelV4CallOptions, 'abortSignal' | 'maxOutputTokens'> & {
  maxOutputTokens: number;
};

type Finish = Extract<LanguageModelV4StreamPart, { type: 'finish' }>;

function toFinish({ finishReason: { unified: reason }, usage }: Finish, model: string | undefined): AnswerPart {
  if (reason === 'interrupted' || reason === 'error')
    throw new ApiError('model_error', undefined, { cause: new Error(`The model's stream ended: ${reason}`) });
  const { inputTokens, outputTokens } = usage;
  const isCounted = inputTokens.total !== undefined && outputTokens.total !== undefined;
  const tokens = {
    input: inputTokens.total ?? 0,
    cachedInput: inputTokens.cacheRead ?? 0,
    output: outputTokens.total ?? 0,
  };
  return { type: 'finish', reason, usage: isCounted ? tokens : undefined, model };
}

/** One event of the provider as one of ours; `undefined` for those that hold no text. */
function toAnswerPart(part: LanguageModelV4StreamPart, model: string | undefined): AnswerPart | undefined {
  if (part.type === 'text-delta') return part.delta === '' ? undefined : { type: 'delta', text: part.delta };
  if (part.type === 'finish') return toFinish(part, model);
  if (part.type === 'error') throw toModelError(part.error);
  return undefined;
}

const textsOf = ({ content }: LanguageModelV4Prompt[number]): string[] =>
  typeof content === 'string' ? [content] : content.flatMap((part) => (part.type === 'text' ? [part.text] : []));

/** The SDK says `max_tokens`, unless it knows the model by its name as one that reasons. */
const toOptions = (call: LanguageModelCall, { outputLimitField }: CatalogueModel, maxOutputTokens: number) =>
  outputLimitField === 'max_tokens'
    ? { ...call, maxOutputTokens }
    : {
        ...call,
        maxOutputTokens: undefined,
        providerOptions: { ...call.providerOptions, openai: { maxCompletionTokens: maxOutputTokens } },
      };

/** An answer by a model of the AI SDK. */
export function toLanguageModelAttempt(load: LoadLanguageModel, call: LanguageModelCall): ModelAttempt<AnswerPart> {
  const maxOutput = (model: CatalogueModel) => Math.min(call.maxOutputTokens, model.maxOutputTokens);

  async function* open(target: ModelTarget, signal: AbortSignal): AsyncGenerator<AnswerPart[]> {
    const model = await load(target);
    const options = { ...toOptions(call, target.model, maxOutput(target.model)), abortSignal: signal };
    const started = Promise.resolve(model.doStream(options));
    const { stream } = await abortable(started, signal);
    const reader = stream.getReader();
    let answering: string | undefined;
    try {
      for (;;) {
        const { done, value } = await abortable(reader.read(), signal);
        if (done) throw new Error('The stream of the model ended without its end');
        if (value.type === 'response-metadata') answering = value.modelId;
        const part = toAnswerPart(value, answering);
        if (part) yield [part];
        if (part?.type === 'finish') return;
      }
    } finally {
      // Not awaited: an upstream that never answers must not hold back whoever leaves.
      void reader.cancel().catch(() => undefined);
    }
  }

  return {
    open,
    isAnswer: () => false,
    usageOf: (part) => (part.type === 'finish' ? part.usage : undefined),
    endOf: (part) => (part.type === 'finish' ? { model: part.model, reasons: [part.reason] } : undefined),
    textOf: (part) => (part.type === 'delta' ? part.text : ''),
    promptTokens: () => estimateTokens(englishLength(call.prompt.flatMap(textsOf).join(''))),
    maxOutput,
  };
}
