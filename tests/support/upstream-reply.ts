/** What the simulated provider is told to answer. */

export type Fault =
  | { kind: 'status'; status: number; retryAfter?: string }
  /** Answers nothing at all. */
  | { kind: 'silence' }
  /** Sends the head and comments, but no chunk. */
  | { kind: 'comments' }
  /** Destroys the socket after so many chunks. */
  | { kind: 'cut'; after: number }
  /** Ends cleanly after so many chunks, without a finish reason and without `[DONE]`. */
  | { kind: 'truncate'; after: number }
  /** Stops sending after so many chunks; with comments it goes on with those. */
  | { kind: 'stall'; after: number; comments?: boolean }
  /** Sends a line that is not JSON after so many chunks. */
  | { kind: 'garbage'; after: number }
  /** Sends an error in the place of a chunk, after so many. */
  | { kind: 'error'; after: number }
  /** Sends a line of 5 MB after so many chunks. */
  | { kind: 'long-line'; after: number }
  /** Sends a byte that is no UTF-8 after so many chunks. */
  | { kind: 'bad-utf8'; after: number }
  /** A 200 whose first event is an error, with this code in it. */
  | { kind: 'error-payload'; code?: number | string };

/** Of a call for embeddings. */
export type EmbeddingsFault = Extract<Fault, { kind: 'status' | 'silence' }>;

/** All of them are legal: how lines end, how they are led in, how a long one is told. */
export type Dialect = 'lf' | 'crlf' | 'cr' | 'bom' | 'multi-line' | 'noisy' | 'byte-by-byte';

export interface ToolCall {
  id: string;
  name: string;
  /** Of the JSON of its arguments, piece by piece. */
  arguments: string[];
}

export interface Reply {
  /** Sent as these chunks, each of which is a token. Of several choices each has them all. */
  chunks: string[];
  /** After the chunks, each piece of an argument being a token. */
  toolCalls?: ToolCall[];
  /** Milliseconds before the first chunk and between chunks. */
  firstDelay?: number;
  delay?: number;
  /** What is told of tokens: what stands here, what was counted, or nothing. */
  usage?: { input: number; output: number; cached?: number } | 'counted' | undefined;
  finishReason?: string;
  /** Ends without `[DONE]`, as some providers do. */
  isSilentAtEnd?: boolean;
  dialect?: Dialect;
  fault?: Fault;
}

/** An answer that depends on what was asked. */
export type ToReply = (body: Record<string, unknown>) => Reply;
