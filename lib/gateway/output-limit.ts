import { ApiError } from '#lib/core/api-error.ts';
import type { ChatChunk } from '#lib/llm/chat-chunk.ts';
import type { UsageMeter } from '#lib/usage/usage-meter.ts';
import { chunkLength } from './chunk-length.ts';

/** No tokenizer in use has longer tokens than this on the average of a text. */
const longestToken = 8;

/**
 * Throws `budget_exhausted` once an answer is surely longer than what was reserved for it: a provider that does not keep
 * to the limit must not spend what a hard budget no longer has. A chunk with words in it is a token at least.
 */
export function createOutputLimit({
  limit: reserved,
}: Pick<UsageMeter, 'limit'>): (part: ChatChunk, limit: number) => void {
  if (reserved === undefined) return () => undefined;
  let chunks = 0;
  let characters = 0;
  return (part, limit) => {
    const length = chunkLength(part);
    chunks += length > 0 ? 1 : 0;
    characters += length;
    if (Math.max(chunks, characters / longestToken) > limit)
      throw new ApiError('budget_exhausted', 'The answer is longer than what was set aside for it');
  };
}
