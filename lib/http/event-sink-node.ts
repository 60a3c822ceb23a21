import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import type { EventSink } from './event-sink.ts';

const lastChunk = '0\r\n\r\n';

/**
 * Writes to the server's own response, and once its head is sent past it, to the connection: the response would wait for
 * more to write at a time, which costs each event a tenth of all that is done for it. By way of a web stream it would be
 * twice as much.
 */
export class NodeSink implements EventSink {
  // A copy: the constant is of the adapter's own class, which it does not recognise, where it was loaded late.
  readonly response: Response = RESPONSE_ALREADY_SENT.clone();
  readonly #outgoing: ServerResponse;
  readonly #isChunked: boolean;
  #connection: Writable | undefined;
  #isFull = false;
  #hasEnded = false;

  constructor(outgoing: ServerResponse, headers: Headers) {
    outgoing.setHeaders(headers).writeHead(200);
    this.#outgoing = outgoing;
    // Node.js writes a chunk as four pieces; framed here it is one. HTTP/1.0 has no chunks.
    this.#isChunked = outgoing.chunkedEncoding;
    outgoing.chunkedEncoding = false;
  }

  get isFull(): boolean {
    return this.#isFull && this.#target.writableNeedDrain;
  }

  write(text: string): void {
    // After its end the connection is another's; a response whose client has gone fails where nobody can catch it, which
    // a connection does not.
    if (this.#hasEnded || (!this.#connection && this.#outgoing.destroyed)) return;
    const length = Buffer.byteLength(text);
    const framed = this.#isChunked ? `${length.toString(16)}\r\n${text}\r\n` : text;
    // Where all of it is ASCII there is nothing to encode.
    const encoding = length === text.length ? 'latin1' : 'utf8';
    this.#isFull = !this.#target.write(framed, encoding);
    // None while the response is behind another of its connection; one without chunks may be one without a body.
    if (this.#isChunked) this.#connection ??= this.#outgoing.socket ?? undefined;
  }

  onceDrained(listener: () => void): void {
    this.#target.once('drain', listener);
  }

  end(): void {
    this.#hasEnded = true;
    this.#outgoing.end(this.#isChunked ? lastChunk : '');
  }

  cut(): void {
    this.#hasEnded = true;
    this.#outgoing.destroy();
  }

  get #target(): Writable {
    return this.#connection ?? this.#outgoing;
  }
}
