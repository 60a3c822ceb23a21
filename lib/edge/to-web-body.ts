import type { Readable } from 'node:stream';

/**
 * The body as a web stream that keeps nothing to itself. A body that breaks off is told to `cut` alone:
 * the server would take an error of the stream for its own and write it to the log's side.
 */
export function toWebBody(body: Readable, cut: () => void): ReadableStream<Uint8Array> {
  const parts = body.iterator();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await parts.next();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch {
          cut();
        }
      },
      cancel: () => void body.destroy(),
    },
    { highWaterMark: 0 },
  );
}
