import {
  createTraceState,
  isSpanContextValid,
  ROOT_CONTEXT,
  trace,
  TraceFlags,
  type Context,
  type SpanContext,
} from '@opentelemetry/api';
import { trustedCaller } from './trusted-caller.ts';

/** What a caller's headers say of its trace. */
interface TraceHeaders {
  traceparent: string | undefined;
  tracestate: string | undefined;
}

const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
/** What the specification asks everyone to pass on. */
const maxStateLength = 512;

function toSpanContext({ traceparent, tracestate }: TraceHeaders): SpanContext | undefined {
  const [, traceId, spanId, flags] = pattern.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const spanContext: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
    isRemote: true,
    ...(tracestate === undefined || tracestate.length > maxStateLength
      ? {}
      : { traceState: createTraceState(tracestate) }),
  };
  return isSpanContextValid(spanContext) ? spanContext : undefined;
}

/** The context that a request continues: its caller's trace, and whether its caller may say that it is kept. */
export function contextOfCaller(headers: TraceHeaders, isTrusted: boolean): Context {
  const spanContext = toSpanContext(headers);
  if (!spanContext) return ROOT_CONTEXT;
  return trustedCaller.mark(trace.setSpanContext(ROOT_CONTEXT, spanContext), isTrusted);
}

/** For whom we call: the trace's id and the calling span's, nothing that others have written about the trace. */
export function toTraceParent(): Record<string, string> {
  const spanContext = trace.getActiveSpan()?.spanContext();
  if (!spanContext) return {};
  const { traceId, spanId, traceFlags } = spanContext;
  return { traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}` };
}

/** For our own services: what vendors have written about the trace as well. */
export function toTraceHeaders(): Record<string, string> {
  const state = trace.getActiveSpan()?.spanContext().traceState?.serialize();
  return { ...toTraceParent(), ...(state ? { tracestate: state } : {}) };
}
