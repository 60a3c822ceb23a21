import type { Context } from 'hono';
import { ApiError, toApiError, toProblem, type Problem } from '#lib/core/api-error.ts';
import type { Metrics, StreamOutcome } from '#lib/telemetry/metrics.ts';
import type { PublicEnvironment } from './environment.ts';

export interface SseOptions {
  /** The events, the successful terminal one last. */
  produce: (signal: AbortSignal) => AsyncIterable<object>;
  /** The terminal event of a stream that failed. */
  toErrorEvent: (problem: Problem) => object;
  metrics: Metrics;
  headers?: Record<string, string>;
  heartbeatMilliseconds?: number;
  /** A reader that takes nothing for so long is gone. */
  stallMilliseconds?: number;
}

/** Below what Knative grants a stream: its 600 s less 30 s of draining and 15 s to spare. */
const maxStreamMilliseconds = 555_000;
const heartbeatDefault = 15_000;
const maxBufferedBytes = 256 * 1024;
const stallDefault = 15_000;

const encoder = new TextEncoder();

/**
 * A server-sent event stream: `: open` at once, a comment every 15 s, the produced events, then
 * `[DONE]`. A failure ends it with one error event, never with both. When the client leaves, the
 * producer's signal aborts.
 */
export function sse<Environment extends PublicEnvironment>(c: Context<Environment>, options: SseOptions): Response {
  const { produce, toErrorEvent, metrics, headers = {} } = options;
  const { heartbeatMilliseconds = heartbeatDefault, stallMilliseconds = stallDefault } = options;
  const left = new AbortController();
  const limit = AbortSignal.timeout(maxStreamMilliseconds);
  const signal = AbortSignal.any([c.get('signal'), left.signal, limit]);
  const isGone = () => c.get('signal').aborted || left.signal.aborted;
  const ended = Promise.withResolvers<void>();
  const log = c.get('log');
  let wake: (() => void) | undefined;

  async function drained(controller: ReadableStreamDefaultController): Promise<void> {
    if ((controller.desiredSize ?? 0) > 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stalled = setTimeout(() => left.abort(new Error('The client stopped reading')), stallMilliseconds);
    wake = resolve;
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    clearTimeout(stalled);
    signal.throwIfAborted();
  }

  async function pump(controller: ReadableStreamDefaultController<Uint8Array>): Promise<StreamOutcome> {
    const write = (text: string) => controller.enqueue(encoder.encode(text));
    const send = (event: object) => write(`data: ${JSON.stringify(event)}\n\n`);
    const heartbeat = setInterval(() => {
      if ((controller.desiredSize ?? 0) > 0) write(': heartbeat\n\n');
    }, heartbeatMilliseconds);
    try {
      for await (const event of produce(signal)) {
        send(event);
        await drained(controller);
      }
      write('data: [DONE]\n\n');
      return 'finished';
    } catch (thrown) {
      if (isGone()) return 'aborted';
      const error = limit.aborted
        ? new ApiError('request_timeout', 'The stream has reached its time limit')
        : toApiError(thrown);
      Object.assign(log, {
        error_code: error.code,
        ...(error.code === 'internal' ? { error: error.cause ?? error } : {}),
      });
      send(toErrorEvent(toProblem(error, c.get('requestId'))));
      write('data: [DONE]\n\n');
      return 'failed';
    } finally {
      clearInterval(heartbeat);
    }
  }

  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(encoder.encode(': open\n\n'));
        void pump(controller).then((outcome) => {
          metrics.stream(outcome);
          log['outcome'] = outcome;
          // A stream that was not read to its end must not look as if it had one.
          if (isGone()) controller.error(new Error('The stream was cut off'));
          else controller.close();
          ended.resolve();
        });
      },
      pull: () => wake?.(),
      cancel: (reason) => left.abort(reason),
    },
    { highWaterMark: maxBufferedBytes, size: (chunk) => chunk.byteLength },
  );
  c.set('done', ended.promise);
  return c.body(body, 200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    ...headers,
  });
}

/** True where the client asks for a stream. */
export const acceptsEventStream = (accept: string | undefined): boolean =>
  accept?.split(',').some((type) => type.split(';')[0]?.trim() === 'text/event-stream') ?? false;
