import { errorTypeOf } from './error-type.ts';
import { openSpan, type OpenSpan, type SpanOptions } from './span.ts';

/** A generator runs in the context of whoever asks for its next part: each part is asked for inside the span. */
async function* readInside<Part>(
  span: OpenSpan,
  produce: (span: OpenSpan) => AsyncIterable<Part>,
): AsyncGenerator<Part> {
  const parts = span.run(() => produce(span)[Symbol.asyncIterator]());
  try {
    for (;;) {
      const result = await span.run(() => parts.next());
      if (result.done) return;
      yield result.value;
    }
  } catch (error) {
    span.fail(errorTypeOf(error));
    throw error;
  } finally {
    await span.run(() => parts.return?.());
    span.end();
  }
}

/** Holds a span open until the stream ends, fails or is left. */
export function withStreamSpan<Part>(
  name: string,
  options: SpanOptions,
  produce: (span: OpenSpan) => AsyncGenerator<Part>,
): AsyncGenerator<Part> {
  const span = openSpan(name, options);
  return span.isRecording ? readInside(span, produce) : produce(span);
}
