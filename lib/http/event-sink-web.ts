import type { EventSink } from './event-sink.ts';

const maxBufferedBytes = 256 * 1024;
const encoder = new TextEncoder();
const ignore = () => undefined;

/** Writes to a web stream, for an app that is called without a server. */
export function openWebSink(
  respond: (body: ReadableStream) => Response,
  onCancel: (reason: unknown) => void,
): EventSink {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(
    {},
    { highWaterMark: maxBufferedBytes, size: ({ byteLength }) => byteLength },
  );
  const writer = writable.getWriter();
  writer.closed.catch(onCancel);
  return {
    response: respond(readable),
    write: (text) => void writer.write(encoder.encode(text)).catch(ignore),
    get isFull() {
      return (writer.desiredSize ?? 0) <= 0;
    },
    onceDrained: (listener) => void writer.ready.then(listener, listener),
    end: () => void writer.close().catch(ignore),
    cut: () => void writer.abort(new Error('The stream was cut off')).catch(ignore),
  };
}
