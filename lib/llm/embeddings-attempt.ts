import { toTokenUsage } from './chat-chunk.ts';
import { estimateTokens } from './estimate-tokens.ts';
import type { ModelAttempt } from './model-attempt.ts';
import type { EmbeddingsBody, OpenAIClient } from './openai-client.ts';

/** Texts are estimated; tokens that a client has made itself are as many as they are. */
function countTokens(input: unknown): number {
  if (typeof input === 'string') return estimateTokens(input.length);
  if (!Array.isArray(input)) return 0;
  return input.reduce<number>((sum, item) => sum + (typeof item === 'number' ? 1 : countTokens(item)), 0);
}

/** Embeddings, as OpenAI's API has them: one part, which is all of the answer. */
export const toEmbeddingsAttempt = (
  { createEmbeddings }: Pick<OpenAIClient, 'createEmbeddings'>,
  body: Record<string, unknown>,
): ModelAttempt<EmbeddingsBody> => ({
  async *open(target, signal) {
    yield await createEmbeddings(target, body, signal);
  },
  isContent: () => true,
  usageOf: ({ usage }) => (usage ? toTokenUsage(usage) : undefined),
  lengthOf: () => 0,
  promptTokens: () => countTokens(body['input']),
});
