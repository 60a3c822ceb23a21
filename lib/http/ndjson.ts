import type { Context } from 'hono';
import { ApiError, toApiError, toProblem, type Problem } from '#lib/core/api-error.ts';
import { createTimeLimit, longestRequest } from '#lib/core/time-limit.ts';
import type { PublicEnvironment } from './environment.ts';
import { toErrorLog } from './to-error-log.ts';

interface NdjsonOptions {
  /** Lines, some at once. What fails before the first of them is the request's failure. */
  produce: (signal: AbortSignal) => AsyncIterable<readonly unknown[]>;
  /** The last line of a stream that failed. */
  toErrorLine: (problem: Problem) => object;
  filename: string;
}

/** A reader that takes nothing for so long is gone. */
const stallMilliseconds = 30_000;

const toBytes = (lines: readonly unknown[]): Uint8Array =>
  new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

/** Objects as lines of JSON, no more of them in memory than the reader is about to take. */
export async function ndjson<Environment extends PublicEnvironment>(
  c: Context<Environment>,
  { produce, toErrorLine, filename }: NdjsonOptions,
): Promise<Response> {
  const left = new AbortController();
  const limit = createTimeLimit(longestRequest);
  const gone = AbortSignal.any([c.get('signal'), left.signal]);
  const batches = produce(AbortSignal.any([gone, limit.signal]))[Symbol.asyncIterator]();
  const first = await batches.next().catch((error: unknown) => {
    limit.clear();
    throw error;
  });
  const ahead = [first];
  const log = c.get('log');
  const done = Promise.withResolvers<void>();
  let stalled: NodeJS.Timeout | undefined;

  function finish(outcome: string): void {
    limit.clear();
    log['outcome'] ??= outcome;
    done.resolve();
  }

  function toErrorBytes(thrown: unknown): Uint8Array {
    const error = limit.signal.aborted
      ? new ApiError('request_timeout', 'The stream has reached its time limit')
      : toApiError(thrown);
    Object.assign(log, toErrorLog(error));
    return toBytes([toErrorLine(toProblem(error, c.get('requestId')))]);
  }

  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    clearTimeout(stalled);
    try {
      const next = ahead.pop() ?? (await batches.next());
      if (gone.aborted) return;
      if (next.done) {
        controller.close();
        finish('finished');
      } else {
        controller.enqueue(toBytes(next.value));
        stalled = setTimeout(() => left.abort(new Error('The client stopped reading')), stallMilliseconds);
      }
    } catch (thrown) {
      if (gone.aborted) return;
      controller.enqueue(toErrorBytes(thrown));
      controller.close();
      finish('failed');
    }
  }

  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) =>
        gone.addEventListener('abort', () => {
          clearTimeout(stalled);
          controller.error(gone.reason);
          void Promise.resolve(batches.return?.()).finally(() => finish('aborted'));
        }),
      pull,
      cancel: (reason) => left.abort(reason),
    },
    { highWaterMark: 0 },
  );
  c.set('done', done.promise);
  return c.body(body, 200, {
    'content-type': 'application/x-ndjson',
    'content-disposition': `attachment; filename="${filename}"`,
  });
}
