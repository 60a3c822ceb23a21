import { randomBytes } from 'node:crypto';
import {
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type SpanContext,
  type SpanOptions,
} from '@opentelemetry/api';

/** The attribute of a request that came before the SDK: one of OpenTelemetry's conventions. */
export const coldStart = 'faas.coldstart';

/** Begins a span in earnest, with the ids that it has been given. */
export type BeginSpan = (ids: SpanContext, name: string, options: SpanOptions, parent: Context) => Span;

/** Keeps what is to be said of requests that are there before the SDK is: those that have woken the process. */
export interface EarlyTracer {
  startSpan(name: string, options: SpanOptions, parent: Context): Span;
  /** Tells it all, in the order in which it happened. What goes on is told as it happens. */
  handOver(begin: BeginSpan): void;
  /** Nobody will ever want to know. */
  abandon(): void;
}

/** Beyond these requests have no spans: a process is awake long before. */
const maxSpans = 1_024;

const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex');

/** They are all sampled: a request that waits for a process is what an operator looks for, and there are few of them. */
function toIds(parent: SpanContext | undefined): SpanContext {
  const { traceId, traceState } = parent && isSpanContextValid(parent) ? parent : { traceId: randomHex(16) };
  return { traceId, spanId: randomHex(8), traceFlags: TraceFlags.SAMPLED, ...(traceState ? { traceState } : {}) };
}

const isLocal = (span: Span | undefined): boolean => span !== undefined && span.spanContext().isRemote !== true;

/** `now` as `performance.now()` gives it. */
export function createEarlyTracer(now: () => number = () => performance.now()): EarlyTracer {
  let beginnings: ((begin: BeginSpan) => void)[] | undefined = [];
  let changes: (() => void)[] = [];

  function createSpan(name: string, options: SpanOptions, parent: Context): Span {
    const ids = toIds(trace.getSpanContext(parent));
    const startTime = now();
    let told: Span | undefined;
    let isOpen = true;
    beginnings?.push((begin) => (told = begin(ids, name, { ...options, startTime }, parent)));
    const tell = (change: (span: Span) => void): Span => {
      if (told) change(told);
      else if (beginnings) changes.push(() => told && change(told));
      return span;
    };
    const span: Span = {
      spanContext: () => told?.spanContext() ?? ids,
      isRecording: () => isOpen,
      setAttribute: (key, value) => tell((to) => to.setAttribute(key, value)),
      setAttributes: (attributes) => tell((to) => to.setAttributes(attributes)),
      addEvent: (event, attributes, time = now()) => tell((to) => to.addEvent(event, attributes, time)),
      addLink: (link) => tell((to) => to.addLink(link)),
      addLinks: (links) => tell((to) => to.addLinks(links)),
      setStatus: (status) => tell((to) => to.setStatus(status)),
      updateName: (text) => tell((to) => to.updateName(text)),
      recordException: (exception, time = now()) => tell((to) => to.recordException(exception, time)),
      end(endTime = now()) {
        tell((to) => to.end(endTime));
        isOpen = false;
      },
    };
    return span;
  }

  return {
    startSpan(name, options, parent) {
      if (!beginnings || beginnings.length >= maxSpans) return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
      if (isLocal(trace.getSpan(parent))) return createSpan(name, options, parent);
      return createSpan(name, { ...options, attributes: { ...options.attributes, [coldStart]: true } }, parent);
    },
    handOver(begin) {
      for (const each of beginnings ?? []) each(begin);
      beginnings = undefined;
      for (const change of changes.splice(0)) change();
    },
    abandon() {
      beginnings = undefined;
      changes = [];
    },
  };
}
