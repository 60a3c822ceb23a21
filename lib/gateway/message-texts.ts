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

/** The words that a chunk adds to the first choice. */
export const firstChoiceText = ({ chunk: { choices } }: ChatChunk): string =>
  choices?.reduce((text, { index, delta }) => (index === 0 && delta ? text + deltaText(delta) : text), '') ?? '';
