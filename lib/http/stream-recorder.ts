import { maxAnswerLength, type Attempt } from '#lib/idempotency/idempotency.ts';

/** Takes down the stream of a request that can be sent again with its idempotency key. */
export interface StreamRecorder {
  /** What is sent, but for what only keeps the connection open. */
  add(text: string): void;
  /** The stream went well and `rest` is its end. Called before that is sent: whoever has seen the end can have it again. */
  keep(headers: Record<string, string>, rest: string): Promise<void>;
  /** The stream failed. Called before its error is sent: whoever has seen that can try again. */
  drop(): Promise<void>;
}

export function createStreamRecorder(attempt: Attempt): StreamRecorder {
  let parts: string[] = [];
  let length = 0;

  function add(text: string): void {
    length += text.length;
    if (length > maxAnswerLength) parts = [];
    else parts.push(text);
  }

  return {
    add,
    async keep(headers, rest) {
      add(rest);
      await attempt.keep(length > maxAnswerLength ? undefined : { status: 200, headers, body: parts.join('') });
      parts = [];
    },
    drop: () => attempt.free(),
  };
}
