import type { Answer } from '#lib/answers/answer.ts';
import type { ChatChunk } from '#lib/llm/chat-chunk.ts';

/** One event of a chat completion. */
export interface ChatEvent extends ChatChunk {
  /** How an answer from documents came about, with its end. */
  cached?: Answer['cached'];
}

/** The events of a completion as they are read: together those that came together. */
export type ChatEvents = AsyncGenerator<readonly ChatEvent[]>;

/** What a completion tells beyond OpenAI's API where it was made from documents. */
export interface KnowledgeFacts {
  finish: Answer['finish'];
  docs_retrieved: number;
  cached: Answer['cached'];
}
