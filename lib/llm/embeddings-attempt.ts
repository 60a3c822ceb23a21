import { toTokenUsage } from './chat-chunk.ts';
import { englishLength, estimateTokens } from './estimate-tokens.ts';
import type { ModelAttempt } from './model-attempt.ts';
import type { EmbeddingsBody, OpenAIClient } from './openai-client.ts';

/** Texts are estimated; tokens that a client has made itself are as many as they are. */
function countTokens(input: unknown): number {
  if (typeof input === 'string') return estimateTokens(englishLength(input));
  if (!Array.isArray(input)) return 0;
  return input.reduce<number>((sum, item) => sum + (typeof item === 'number' ? 1 : countTokens(item)), 0);
}

const bytesPerSecond = 50_000;
const maxExtraTime = 105_000;

/** All of the answer comes at once: the more there is to read, the later. */
const extraTimeFor = (input: unknown): number =>
  Math.min((Buffer.byteLength(JSON.stringify(input) ?? '') / bytesPerSecond) * 1_000, maxExtraTime);

/** Embeddings, as OpenAI's API has them: one part, which is all of the answer. */
export const toEmbeddingsAttempt = (
  { createEmbeddings }: Pick<OpenAIClient, 'createEmbeddings'>,
  body: Record<string, unknown>,
): ModelAttempt<EmbeddingsBody> => ({
  async *open(target, signal) {
    yield [await createEmbeddings(target, body, signal)];
  },
  isAnswer: () => true,
  usageOf: ({ usage }) => (usage ? toTokenUsage(usage) : undefined),
  textOf: () => '',
  endOf: ({ model }) => ({ model: typeof model === 'string' ? model : undefined }),
  promptTokens: () => countTokens(body['input']),
  maxOutput: () => 0,
  extraTime: extraTimeFor(body['input']),
});
