import { deltaText, toTokenUsage, type ChatChunk } from './chat-chunk.ts';
import { estimateTokens } from './estimate-tokens.ts';
import type { ModelAttempt } from './model-attempt.ts';
import type { OpenAIClient } from './openai-client.ts';
import { promptSizeOf } from './prompt-size.ts';

type Reader = Pick<ModelAttempt<ChatChunk>, 'isAnswer' | 'usageOf' | 'textOf' | 'endOf'>;

function textOf({ chunk: { choices } }: ChatChunk): string {
  let text = '';
  if (choices) for (const { delta } of choices) if (delta) text += deltaText(delta);
  return text;
}

/** Nothing of it is of one request: each would have to be fetched with each token. */
const reader: Reader = {
  isAnswer: ({ chunk }) => chunk.choices?.some(({ finish_reason: reason }) => Boolean(reason)) ?? false,
  usageOf: ({ chunk }) => (chunk.usage ? toTokenUsage(chunk.usage) : undefined),
  textOf,
  endOf: ({ chunk }) => ({
    model: typeof chunk['model'] === 'string' ? chunk['model'] : undefined,
    reasons: chunk.choices?.flatMap(({ finish_reason: reason }) => reason ?? []) ?? [],
  }),
};

/** A chat completion, as OpenAI's API has it, of whichever model answers. */
export const toChatAttempt = (
  { streamChat }: Pick<OpenAIClient, 'streamChat'>,
  body: Record<string, unknown>,
): ModelAttempt<ChatChunk> => ({
  ...reader,
  open: (target, signal) => streamChat(target, body, signal),
  promptTokens({ imageTokens, contextTokens }) {
    const { length, images } = promptSizeOf(body);
    return Math.min(estimateTokens(length) + images * imageTokens, contextTokens);
  },
  maxOutput: ({ maxOutputTokens }) => maxOutputTokens * (typeof body['n'] === 'number' ? body['n'] : 1),
});
