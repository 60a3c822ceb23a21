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
export function openNodeSink(outgoing: ServerResponse, headers: Headers): EventSink {
  outgoing.setHeaders(headers).writeHead(200);
  // Node.js writes a chunk as four pieces; framed here it is one. HTTP/1.0 has no chunks.
  const isChunked = outgoing.chunkedEncoding;
  outgoing.chunkedEncoding = false;
  let connection: Writable | undefined;
  let isFull = false;
  let hasEnded = false;

  return {
    // A copy: the constant is of the adapter's own class, which it does not recognise, where it was loaded late.
    response: RESPONSE_ALREADY_SENT.clone(),
    write(text) {
      // After its end the connection is another's; a response whose client has gone fails where nobody can catch it, which
      // a connection does not.
      if (hasEnded || (!connection && outgoing.destroyed)) return;
      const length = Buffer.byteLength(text);
      const framed = isChunked ? `${length.toString(16)}\r\n${text}\r\n` : text;
      // Where all of it is ASCII there is nothing to encode.
      const encoding = length === text.length ? 'latin1' : 'utf8';
      isFull = !(connection ?? outgoing).write(framed, encoding);
      // None while the response is behind another of its connection; one without chunks may be one without a body.
      if (isChunked) connection ??= outgoing.socket ?? undefined;
    },
    isFull: () => isFull && (connection ?? outgoing).writableNeedDrain,
    onceDrained: (listener) => void (connection ?? outgoing).once('drain', listener),
    end() {
      hasEnded = true;
      outgoing.end(isChunked ? lastChunk : '');
    },
    cut() {
      hasEnded = true;
      outgoing.destroy();
    },
  };
}
