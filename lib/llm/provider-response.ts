import type { Dispatcher } from 'undici';
import { Parts } from '#lib/core/parts.ts';

/**
 * The body of a response, to be read to its end, drained or left. A part is all bytes that have arrived since the last
 * one. Throws what the network throws, or the signal's reason. To leave it closes the connection, unless the response has
 * come to its end.
 */
export interface ProviderBody extends Parts<Buffer> {
  /** Passes over what is left, if that is little, so that the connection can be used again. */
  drain(): void;
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

/**
 * Reads the body itself and not by a stream of undici's, which costs each piece of it several times as much and each
 * response 10 KiB.
 */
class Exchange extends Parts<Buffer> implements ProviderBody, Dispatcher.DispatchHandler {
  readonly #head = Promise.withResolvers<ProviderResponse>();
  readonly #signal: AbortSignal;
  #controller: Dispatcher.DispatchController | undefined;
  /** Few responses bring more before they are asked for it. */
  #first: Buffer | undefined;
  #others: Buffer[] | undefined;
  #bufferedBytes = 0;
  #isDraining = false;
  #isPaused = false;
  #drainTimer: NodeJS.Timeout | undefined;
  #wake: (() => void) | undefined;
  /** Of the whole response, or of what went wrong. */
  #outcome: { error: unknown } | undefined;

  constructor(signal: AbortSignal) {
    super();
    this.#signal = signal;
    if (signal.aborted) this.#abort();
    else signal.addEventListener('abort', this.#abort, { once: true });
  }

  send(dispatcher: Dispatcher, options: Dispatcher.DispatchOptions): Promise<ProviderResponse> {
    if (!this.#outcome) dispatcher.dispatch(options, this);
    return this.#head.promise;
  }

  poll(): IteratorResult<Buffer, undefined> | undefined {
    if (this.#first) return { done: false, value: this.#takeAll(this.#first) };
    if (this.#outcome?.error !== undefined) throw this.#outcome.error;
    return this.#outcome ? { done: true, value: undefined } : undefined;
  }

  arrival(): Promise<void> {
    // Who waits goes on once undici has given all that one reading of the socket has brought, chunk by chunk.
    return new Promise((resolve) => {
      if (this.#first || this.#outcome) resolve();
      else this.#wake = resolve;
    });
  }

  drain(): void {
    if (this.#outcome) return;
    this.#isDraining = true;
    this.#forget();
    this.#drainTimer = setTimeout(() => this.#close(new Error('The response does not end')), drainMilliseconds);
    this.#resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Left while it waited for its connection.
    if (this.#outcome) controller.abort(new Error('The request was left'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    { 'retry-after': retryAfter }: Record<string, string | string[] | undefined>,
  ): void {
    if (statusCode < 200) return;
    this.#head.resolve({
      statusCode,
      retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
      body: this,
    });
  }

  onResponseData(_controller: Dispatcher.DispatchController, bytes: Buffer): void {
    this.#bufferedBytes += bytes.byteLength;
    if (this.#isDraining) {
      if (this.#bufferedBytes > maxDrainedBytes) this.#close(new Error('The response goes on after its end'));
      return;
    }
    if (this.#first) (this.#others ??= []).push(bytes);
    else this.#first = bytes;
    this.#wake?.();
    if (this.#bufferedBytes <= maxBufferedBytes) return;
    this.#isPaused = true;
    this.#controller?.pause();
  }

  onResponseEnd(): void {
    this.#settle(undefined);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#settle(error);
  }

  protected leave(): void {
    this.#close(new Error('The response was left'));
  }

  readonly #abort = (): void => this.#close(this.#signal.reason);

  #takeAll(first: Buffer): Buffer {
    const all = this.#others ? Buffer.concat([first, ...this.#others]) : first;
    this.#forget();
    if (this.#isPaused) this.#resume();
    return all;
  }

  #resume(): void {
    this.#isPaused = false;
    // It may bring more at once, and be paused again.
    this.#controller?.resume();
  }

  #forget(): void {
    this.#first = undefined;
    this.#others = undefined;
    this.#bufferedBytes = 0;
  }

  #close(reason: Error): void {
    if (this.#outcome) return;
    this.#forget();
    this.#settle(reason);
    this.#controller?.abort(reason);
  }

  #settle(error: unknown): void {
    if (this.#outcome) return;
    this.#outcome = { error };
    clearTimeout(this.#drainTimer);
    this.#signal.removeEventListener('abort', this.#abort);
    this.#head.reject(error);
    this.#wake?.();
  }
}

/** Sends the request. Throws what the network throws, or the signal's reason. */
export function sendRequest(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  signal: AbortSignal,
): Promise<ProviderResponse> {
  return new Exchange(signal).send(dispatcher, options);
}
