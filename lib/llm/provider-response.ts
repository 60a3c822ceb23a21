import type { Dispatcher } from 'undici';
import { createParts, type Parts } from '#lib/core/parts.ts';

/**
 * The body of a response, to be read to its end, drained or destroyed. A part is all bytes that have arrived since the
 * last one. Throws what the network throws, or the signal's reason.
 */
export interface ProviderBody {
  readonly bytes: Parts<Buffer>;
  /** Passes over what is left, if that is little, so that the connection can be used again. */
  drain(): void;
  /** Closes the connection, unless the response has come to its end. */
  destroy(): void;
}

export interface ProviderResponse {
  statusCode: number;
  retryAfter: string | undefined;
  body: ProviderBody;
}

/** Bytes that wait for their reader before the provider has to. */
const maxBufferedBytes = 64 * 1024;
const maxDrainedBytes = 4 * 1024;
const drainMilliseconds = 1_000;
const toLeft = () => new Error('The response was left');

/**
 * Sends the request. The body is read here and not by a stream of undici's, which costs each piece of it several times
 * as much and each response 10 KiB.
 */
export function sendRequest(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  signal: AbortSignal,
): Promise<ProviderResponse> {
  const head = Promise.withResolvers<ProviderResponse>();
  let controller: Dispatcher.DispatchController | undefined;
  let ready: Buffer[] = [];
  let bufferedBytes = 0;
  let isDraining = false;
  let drainTimer: NodeJS.Timeout | undefined;
  let arrival: PromiseWithResolvers<void> | undefined;
  let end: { error: unknown } | undefined;

  function settle(error?: unknown): void {
    if (end) return;
    end = { error };
    clearTimeout(drainTimer);
    signal.removeEventListener('abort', leave);
    head.reject(error);
    arrival?.resolve();
  }

  function close(reason: Error): void {
    if (end) return;
    ready = [];
    settle(reason);
    controller?.abort(reason);
  }

  function leave(): void {
    close(signal.reason);
  }

  function take(bytes: Buffer): void {
    bufferedBytes += bytes.byteLength;
    if (isDraining && bufferedBytes > maxDrainedBytes) return close(new Error('The response goes on after its end'));
    if (isDraining) return;
    ready.push(bytes);
    arrival?.resolve();
    if (bufferedBytes > maxBufferedBytes) controller?.pause();
  }

  function poll(): IteratorResult<Buffer, undefined> | undefined {
    const [first] = ready;
    if (first) {
      const value = ready.length === 1 ? first : Buffer.concat(ready);
      ready = [];
      bufferedBytes = 0;
      controller?.resume();
      return { done: false, value };
    }
    if (end?.error !== undefined) throw end.error;
    return end ? { done: true, value: undefined } : undefined;
  }

  const body: ProviderBody = {
    bytes: createParts({
      poll,
      arrival() {
        // Who waits goes on once undici has given all that one reading of the socket has brought, chunk by chunk.
        arrival = Promise.withResolvers();
        if (ready.length > 0 || end) arrival.resolve();
        return arrival.promise;
      },
      leave: () => close(toLeft()),
    }),
    drain() {
      if (end) return;
      isDraining = true;
      ready = [];
      bufferedBytes = 0;
      drainTimer = setTimeout(() => close(new Error('The response does not end')), drainMilliseconds);
      controller?.resume();
    },
    destroy: () => close(toLeft()),
  };

  if (signal.aborted) leave();
  else {
    signal.addEventListener('abort', leave, { once: true });
    dispatcher.dispatch(options, {
      onRequestStart(started) {
        controller = started;
        // Left while it waited for its connection.
        if (end) started.abort(new Error('The request was left'));
      },
      onResponseStart(_controller, statusCode, headers) {
        const retryAfter = headers['retry-after'];
        if (statusCode < 200) return;
        head.resolve({ statusCode, retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined, body });
      },
      onResponseData: (_controller, bytes) => take(bytes),
      onResponseEnd: () => settle(),
      onResponseError: (_controller, error) => settle(error),
    });
  }
  return head.promise;
}
