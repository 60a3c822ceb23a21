import { deltaLength, type ChatChunk } from '#lib/llm/chat-chunk.ts';

/** Characters of answer in the chunk, of all choices together. */
export function chunkLength({ chunk: { choices } }: ChatChunk): number {
  let length = 0;
  for (const { delta } of choices ?? []) length += delta ? deltaLength(delta) : 0;
  return length;
}
