import { trace, TraceFlags } from '@opentelemetry/api';

/** The trace under way as an example of what is counted, where it is one that is kept. */
export function toExemplar(): Record<string, string> {
  const spanContext = trace.getActiveSpan()?.spanContext();
  return spanContext && (spanContext.traceFlags & TraceFlags.SAMPLED) !== 0 ? { trace_id: spanContext.traceId } : {};
}
