import type { IncomingMessage } from 'node:http';

/** Tokens that the provider would charge. */
export interface Billed {
  input: number;
  output: number;
}

export interface RecordedCall {
  path: string;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
  /** The client's: equal for calls over one connection. */
  port: number | undefined;
  /** Settles when the client has closed the connection before the answer was complete. */
  aborted: Promise<number>;
  isComplete: boolean;
  chunksSent: number;
  /** Nothing where no answer was begun: the prompt, and each chunk as it is sent, whether or not anybody still reads. */
  billed: Billed;
}

const tokensOf = (characters: number): number => Math.ceil(characters / 4);

const textOf = (content: unknown): string => {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: unknown }) => (typeof part.text === 'string' ? part.text : '')).join('');
};

/** As many tokens as the provider says that a prompt has: four characters of its texts, and of its tools' JSON, each. */
export function countPrompt({ messages, tools, input }: Record<string, unknown>): number {
  if (input !== undefined)
    return [input]
      .flat(2)
      .reduce<number>((sum, item) => sum + (typeof item === 'number' ? 1 : tokensOf(String(item).length)), 0);
  const texts = Array.isArray(messages) ? messages.map(({ content }: { content?: unknown }) => textOf(content)) : [];
  return tokensOf(texts.join('').length + (tools === undefined ? 0 : JSON.stringify(tools).length));
}
