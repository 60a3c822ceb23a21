import { context, SpanKind, SpanStatusCode, trace, type Attributes, type Context } from '@opentelemetry/api';
import { abortedType, errorTypeOf } from './error-type.ts';

export type SpanAttributes = Attributes;

export interface SpanOptions {
  /** `server` for a request to us, `client` for one of ours to others. */
  kind?: 'server' | 'client';
  attributes?: SpanAttributes;
}

/** A step of a request as the trace shows it. Its attributes hold no text of a tenant's. */
export interface OpenSpan {
  readonly isRecording: boolean;
  readonly traceId: string | undefined;
  /** Does a part of the work inside the span: what it opens becomes a child. */
  run<Result>(work: () => Result): Result;
  set(attributes: SpanAttributes): void;
  /** Takes the place of the name that it was opened with. */
  name(text: string): void;
  /** By the error's code: a message can repeat what it is about. */
  fail(type: string): void;
  end(): void;
}

export const tracerName = 'genai-platform';
const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT };

const noSpan: OpenSpan = {
  isRecording: false,
  traceId: undefined,
  run: (work) => work(),
  set: () => undefined,
  name: () => undefined,
  fail: () => undefined,
  end: () => undefined,
};

/** A span that begins a trace in this process, or goes on with the caller's. */
export function openRootSpan(name: string, { kind, attributes = {} }: SpanOptions, parent: Context): OpenSpan {
  const options = { kind: kind ? kinds[kind] : SpanKind.INTERNAL, attributes };
  const span = trace.getTracer(tracerName).startSpan(name, options, parent);
  if (!span.isRecording()) return noSpan;
  const inside = trace.setSpan(parent, span);
  return {
    isRecording: true,
    traceId: span.spanContext().traceId,
    run: (work) => context.with(inside, work),
    set: (more) => void span.setAttributes(more),
    name: (text) => void span.updateName(text),
    fail(type) {
      span.setAttribute('error.type', type);
      // Whoever leaves has not failed.
      if (type !== abortedType) span.setStatus({ code: SpanStatusCode.ERROR });
    },
    end: () => span.end(),
  };
}

/** A step of the request that is under way; nothing where none is, or where nobody traces. */
export const openSpan = (name: string, options: SpanOptions = {}): OpenSpan =>
  trace.getActiveSpan() === undefined ? noSpan : openRootSpan(name, options, context.active());

/** Does the work inside a span that ends with it. */
export async function withSpan<Result>(
  name: string,
  options: SpanOptions,
  work: (span: OpenSpan) => Promise<Result>,
): Promise<Result> {
  const span = openSpan(name, options);
  try {
    return await span.run(() => work(span));
  } catch (error) {
    span.fail(errorTypeOf(error));
    throw error;
  } finally {
    span.end();
  }
}

/** The same for work that waits for nothing. */
export function withSyncSpan<Result>(name: string, options: SpanOptions, work: (span: OpenSpan) => Result): Result {
  const span = openSpan(name, options);
  try {
    return span.run(() => work(span));
  } finally {
    span.end();
  }
}
