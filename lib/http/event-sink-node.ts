import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { ServerResponse } from 'node:http';
import type { EventSink } from './event-sink.ts';

/**
 * Writes to the server's own response. By way of a web stream an event costs twice as much, which a process with
 * hundreds of streams feels.
 */
export function openNodeSink(outgoing: ServerResponse, headers: Headers): EventSink {
  outgoing.setHeaders(headers).writeHead(200);
  return {
    // A copy: the constant is of the adapter's own class, which it does not recognise, where it was loaded late.
    response: RESPONSE_ALREADY_SENT.clone(),
    write(text) {
      // Written to after its end, a response fails where nobody can catch it.
      if (!outgoing.destroyed) outgoing.write(text);
    },
    isFull: () => outgoing.writableNeedDrain,
    onceDrained: (listener) => void outgoing.once('drain', listener),
    end: () => void outgoing.end(),
    cut: () => void outgoing.destroy(),
  };
}
