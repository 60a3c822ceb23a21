import { deltaText, type ChatChunk } from '#lib/llm/chat-chunk.ts';
import type { MessageText } from '#lib/telemetry/tracing/message-text.ts';
import type { ChatRequest } from './chat-request.ts';

type Message = ChatRequest['messages'][number];

function contentText(content: Message['content']): string {
  if (typeof content === 'string') return content;
  return content?.map((part) => (part.type === 'text' ? part.text : '')).join('') ?? '';
}

/** The words of a request's messages; images, sounds and files are left out. */
export const toMessageTexts = ({ messages }: ChatRequest): MessageText[] =>
  messages.map(({ role, content }) => ({ role, text: contentText(content) }));

/** The words that chunks add to the first choice. */
export function toFirstChoiceText(chunks: readonly ChatChunk[]): string {
  let text = '';
  for (const { chunk } of chunks) {
    for (const { index, delta } of chunk.choices ?? []) if (index === 0 && delta) text += deltaText(delta);
  }
  return text;
}
