import type { Context } from 'hono';
import { abortable } from '#lib/core/abort.ts';
import { ApiError, toApiError, toProblem, type Problem } from '#lib/core/api-error.ts';
import { eachPart, toParts } from '#lib/core/parts.ts';
import { createTimeLimit, longestRequest } from '#lib/core/time-limit.ts';
import type { Metrics, StreamOutcome } from '#lib/telemetry/metrics.ts';
import type { PublicEnvironment } from './environment.ts';
import type { EventSink } from './event-sink.ts';
import { NodeSink } from './event-sink-node.ts';
import { openWebSink } from './event-sink-web.ts';
import { toErrorLog } from './to-error-log.ts';

export interface SseOptions {
  /** The events, the successful terminal one last. An object becomes an event's data; a text is sent as it is. */
  produce: (signal: AbortSignal) => AsyncIterable<object | string>;
  /** The terminal event of a stream that failed. */
  toErrorEvent: (problem: Problem) => object;
  metrics: Metrics;
  headers?: Record<string, string>;
  heartbeatMilliseconds?: number;
  /** A reader that takes nothing for so long is gone. */
  stallMilliseconds?: number;
}

const heartbeatDefault = 15_000;
const stallDefault = 15_000;

const doneText = 'data: [DONE]\n\n';

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

const toText = (event: object | string): string =>
  typeof event === 'string' ? event : `data: ${JSON.stringify(event)}\n\n`;

/** Text of a completion, or of an answer: what its reader would miss the rest of. */
const isWord = (event: object | string): boolean =>
  typeof event === 'string' || ('type' in event && event.type === 'text-delta');

const isFinish = (event: object | string): boolean =>
  typeof event === 'object' && 'type' in event && event.type === 'finish';

/**
 * A server-sent event stream: `: open` at once, a comment every 15 s, the produced events, then
 * `[DONE]`. A failure ends it with one error event, never with both. When the client leaves, the
 * producer's signal aborts, unless the stream is taken down for those who ask again.
 */
export function sse<Environment extends PublicEnvironment>(c: Context<Environment>, options: SseOptions): Response {
  const { produce, toErrorEvent, metrics } = options;
  const { heartbeatMilliseconds = heartbeatDefault, stallMilliseconds = stallDefault } = options;
  const left = new AbortController();
  const limit = createTimeLimit(longestRequest);
  const gone = AbortSignal.any([c.get('client'), left.signal]);
  // The signal itself would ask all that it is made of, with each event.
  let isGone = gone.aborted;
  let hasBegun = false;
  const leave = () => void (isGone = true);
  gone.addEventListener('abort', leave);
  const recorder = c.get('recorder');
  const signal = AbortSignal.any([c.get('signal'), limit.signal, ...(recorder ? [] : [gone])]);
  const log = c.get('log');
  const headers = { ...streamHeaders, ...options.headers };
  const outgoing = c.env?.outgoing;
  const sink: EventSink = outgoing
    ? new NodeSink(outgoing, c.body(null, 200, headers).headers)
    : openWebSink(
        (body) => c.body(body, 200, headers),
        (reason) => left.abort(reason),
      );

  function send(event: object | string): void {
    const text = toText(event);
    recorder?.add(text);
    if (!isGone) sink.write(text);
  }

  async function drained(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stalled = setTimeout(() => left.abort(new Error('The client stopped reading')), stallMilliseconds);
    sink.onceDrained(resolve);
    await abortable(promise, AbortSignal.any([gone, signal]))
      .catch(() => signal.throwIfAborted())
      .finally(() => clearTimeout(stalled));
  }

  function pass(event: object | string): Promise<void> | undefined {
    send(event);
    hasBegun ||= isWord(event);
    return !isGone && sink.isFull ? drained() : undefined;
  }

  async function pump(): Promise<StreamOutcome> {
    const heartbeat = setInterval(() => {
      if (!isGone && !sink.isFull) sink.write(': heartbeat\n\n');
    }, heartbeatMilliseconds);
    try {
      send(': open\n\n');
      await eachPart(toParts(produce(signal)), (event) => {
        // Some clients have seen enough with it.
        if (!recorder || !isFinish(event)) return pass(event);
        return recorder.keep(headers, toText(event) + doneText).then(() => pass(event));
      });
      await recorder?.keep(headers, doneText);
      sink.write(doneText);
      return isGone ? 'aborted' : 'finished';
    } catch (thrown) {
      if (isGone) {
        await recorder?.drop();
        return 'aborted';
      }
      const error = limit.signal.aborted
        ? new ApiError('request_timeout', 'The stream has reached its time limit')
        : toApiError(thrown);
      Object.assign(log, toErrorLog(error));
      if (hasBegun) metrics.truncation(limit.signal.aborted ? 'time_limit' : 'failure');
      await recorder?.drop();
      send(toErrorEvent(toProblem(error, c.get('requestId'))));
      sink.write(doneText);
      return 'failed';
    } finally {
      clearInterval(heartbeat);
      limit.clear();
    }
  }

  const done = pump()
    .then((outcome) => {
      metrics.stream(outcome);
      log['outcome'] = outcome;
      // A stream that was not read to its end must not look as if it had one.
      if (isGone) sink.cut();
      else sink.end();
    })
    // A signal that is made of others is kept for as long as somebody listens.
    .finally(() => gone.removeEventListener('abort', leave));
  c.set('done', done);
  return sink.response;
}
