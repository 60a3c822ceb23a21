import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { ServerResponse } from 'node:http';
import type { EventSink } from './event-sink.ts';

const lastChunk = '0\r\n\r\n';

const toChunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

/**
 * Writes to the server's own response. By way of a web stream an event costs twice as much, which a process with
 * hundreds of streams feels.
 */
export function openNodeSink(outgoing: ServerResponse, headers: Headers): EventSink {
  outgoing.setHeaders(headers).writeHead(200);
  // Node.js writes a chunk as four pieces, one tick later; framed here it is one, at once. HTTP/1.0 has no chunks.
  const isChunked = outgoing.chunkedEncoding;
  outgoing.chunkedEncoding = false;
  return {
    // A copy: the constant is of the adapter's own class, which it does not recognise, where it was loaded late.
    response: RESPONSE_ALREADY_SENT.clone(),
    write(text) {
      // Written to after its end, a response fails where nobody can catch it.
      if (!outgoing.destroyed) outgoing.write(isChunked ? toChunk(text) : text);
    },
    isFull: () => outgoing.writableNeedDrain,
    onceDrained: (listener) => void outgoing.once('drain', listener),
    end: () => void outgoing.end(isChunked ? lastChunk : ''),
    cut: () => void outgoing.destroy(),
  };
}
