import type { ChatChunkBody } from '#lib/llm/chat-chunk.ts';
import type { ChatEvent } from '#lib/gateway/chat-event.ts';

/** Events of a completion, as the verb gives them: one by one. */
export async function* toEvents(chunks: readonly ChatChunkBody[], model = 'named'): AsyncGenerator<ChatEvent[]> {
  for (const chunk of chunks) yield [{ chunk, data: JSON.stringify(chunk), model }];
}

export const toChunk = (delta: object, rest: object = {}): ChatChunkBody => ({
  id: 'c',
  model: 'upstream',
  choices: [{ index: 0, delta: { ...delta }, finish_reason: null, ...rest }],
});
