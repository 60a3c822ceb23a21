import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FinishReason,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from '@ai-sdk/provider';
import { setTimeout as wait } from 'node:timers/promises';
import { abortable } from '#lib/core/abort.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import { isRetryable, retryAfterOf, toModelError } from './model-error.ts';
import type { ChatModel } from './model.ts';

export type ModelPart =
  | { type: 'delta'; text: string }
  | { type: 'finish'; reason: LanguageModelV4FinishReason['unified']; usage: LanguageModelV4Usage | undefined };

export type ModelCall = Omit<LanguageModelV4CallOptions, 'abortSignal'>;

export interface StreamLimits {
  /** Milliseconds until the first word. */
  firstToken: number;
  /** Milliseconds between words; comments and pings are none. */
  betweenTokens: number;
  total: number;
}

export const defaultStreamLimits: StreamLimits = { firstToken: 15_000, betweenTokens: 20_000, total: 540_000 };

export type StreamModel = (model: ChatModel, call: ModelCall, signal: AbortSignal) => AsyncGenerator<ModelPart>;

const maxAttempts = 2;
const maxRetryDelay = 2_000;

/** One event of the provider as one of ours; `undefined` for those that hold no text. */
function toModelPart(part: LanguageModelV4StreamPart): ModelPart | undefined {
  switch (part.type) {
    case 'text-delta':
      return part.delta === '' ? undefined : { type: 'delta', text: part.delta };
    case 'finish':
      return { type: 'finish', reason: part.finishReason.unified, usage: part.usage };
    case 'error':
      throw toModelError(part.error);
    default:
      return undefined;
  }
}

async function* attempt(
  model: ChatModel,
  call: ModelCall,
  limits: StreamLimits,
  deadline: Deadline,
): AsyncGenerator<ModelPart> {
  const provider = await model.load();
  const { stream } = await abortable(
    Promise.resolve(provider.doStream({ ...call, abortSignal: deadline.signal })),
    deadline.signal,
  );
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await abortable(reader.read(), deadline.signal);
      if (done) break;
      const part = toModelPart(value);
      if (!part) continue;
      if (part.type === 'delta') deadline.extend(limits.betweenTokens);
      yield part;
      if (part.type === 'finish') return;
    }
  } finally {
    // Not awaited: an upstream that never answers must not hold back whoever leaves.
    void reader.cancel().catch(() => undefined);
  }
}

/**
 * The model's answer as it comes, then one `finish`. A failure before the first word is tried once
 * more. Throws `model_timeout`, `model_overloaded`, `model_error` (also for a stream that ends
 * without its end), or the signal's reason. Leaving the generator closes the upstream call.
 */
export function createStreamModel(limits: StreamLimits = defaultStreamLimits): StreamModel {
  return async function* streamModel(model, call, signal) {
    const totalSignal = AbortSignal.any([signal, AbortSignal.timeout(limits.total)]);
    for (let attempts = 1; ; attempts += 1) {
      const deadline = createDeadline(totalSignal);
      deadline.extend(limits.firstToken);
      let hasBegun = false;
      try {
        for await (const part of attempt(model, call, limits, deadline)) {
          hasBegun ||= part.type === 'delta';
          if (part.type === 'finish' && (part.reason === 'interrupted' || part.reason === 'error')) {
            throw new ApiError('model_error', undefined, {
              cause: new Error(`The model's stream ended: ${part.reason}`),
            });
          }
          yield part;
          if (part.type === 'finish') return;
        }
        throw new ApiError('model_error', undefined, { cause: new Error('The model’s stream ended without its end') });
      } catch (error) {
        signal.throwIfAborted();
        if (deadline.isOver() || totalSignal.aborted) throw new ApiError('model_timeout', undefined, { cause: error });
        const failure = toModelError(error);
        if (hasBegun || attempts >= maxAttempts || !isRetryable(failure.cause ?? failure)) throw failure;
        const delay = (retryAfterOf(failure.cause) ?? 0) * 1000 || 200 + Math.random() * 300;
        if (delay > maxRetryDelay) throw failure;
        await wait(delay, undefined, { signal: totalSignal });
      } finally {
        deadline.clear();
      }
    }
  };
}
