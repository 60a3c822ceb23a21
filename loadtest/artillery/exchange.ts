import type { StreamFacts } from './stream-reader.ts';

/** What became of one request. Times are milliseconds from its start. */
export type Exchange =
  | { kind: 'failure'; reason: string }
  | {
      kind: 'answer';
      status: number;
      /** The response's headers as text. */
      head: string;
      requestId: string;
      text: string;
      stream: StreamFacts | undefined;
      /** False where the connection broke before the body's end. */
      isComplete: boolean;
      firstByte: number;
      /** To the first token of a stream, to the end of anything else. */
      latency: number;
    };
