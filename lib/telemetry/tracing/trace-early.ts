import { context, trace, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { createEarlyTracer, type EarlyTracer } from './early-tracer.ts';

/** Spans of this process are kept until the SDK takes them over; its own context manager finds that there is one. */
export function traceEarly(): EarlyTracer {
  const early = createEarlyTracer();
  // `span.ts` begins spans in this way alone.
  const tracer: Pick<Tracer, 'startSpan'> = {
    startSpan: (name, options = {}, parent = context.active()) => early.startSpan(name, options, parent),
  };
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider({ getTracer: () => tracer as Tracer });
  return early;
}
