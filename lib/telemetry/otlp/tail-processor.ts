import { SpanStatusCode, trace, TraceFlags, type HrTime, type SpanContext } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';

interface TailOptions {
  /** Exports what is kept; it may pass over spans that are not marked as sampled. */
  next: SpanProcessor;
  /** Requests that took so long are kept. */
  slowMilliseconds: number;
  /** Most requests whose spans are held at once; those beyond are judged by the ratio alone. */
  maxRequests?: number;
  /** Most spans held of one request; those beyond are dropped. */
  maxSpans?: number;
}

/** The spans of one request to this process, until its own span has ended. */
interface Held {
  spans: ReadableSpan[];
  isKept: boolean | undefined;
}

const toMilliseconds = ([seconds, nanoseconds]: HrTime): number => seconds * 1_000 + nanoseconds / 1_000_000;

const isSampled = (span: ReadableSpan): boolean => (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;

/** The span as one that is exported: a batch leaves out what was not sampled at its beginning. */
function toSampled(span: ReadableSpan): ReadableSpan {
  const spanContext = { ...span.spanContext(), traceFlags: TraceFlags.SAMPLED };
  return Object.create(span, { spanContext: { value: () => spanContext } });
}

/**
 * Decides at a request's end what becomes of its spans: kept are errors, slow requests, and what was sampled at the
 * beginning. Spans that end after their request share its fate.
 */
export function createTailProcessor(options: TailOptions): SpanProcessor {
  const { next, slowMilliseconds, maxRequests = 1_000, maxSpans = 256 } = options;
  /** By the span's context: a span of the first moments is told of by another, which has the same. */
  const heldBySpan = new WeakMap<SpanContext, Held>();
  const roots = new WeakSet<object>();
  let requests = 0;

  const isKept = (root: ReadableSpan): boolean =>
    isSampled(root) || root.status.code === SpanStatusCode.ERROR || toMilliseconds(root.duration) >= slowMilliseconds;

  function finish(root: ReadableSpan, held: Held): void {
    requests -= 1;
    held.isKept = isKept(root);
    if (held.isKept) for (const span of [...held.spans, root]) next.onEnd(toSampled(span));
    held.spans = [];
  }

  return {
    onStart(span, parentContext) {
      const parent = trace.getSpan(parentContext);
      const held = parent && heldBySpan.get(parent.spanContext());
      if (held) {
        heldBySpan.set(span.spanContext(), held);
        return;
      }
      if (parent && !parent.spanContext().isRemote) return;
      if (requests >= maxRequests) return;
      requests += 1;
      roots.add(span);
      heldBySpan.set(span.spanContext(), { spans: [], isKept: undefined });
    },
    onEnd(span) {
      const held = heldBySpan.get(span.spanContext());
      if (!held) next.onEnd(span);
      else if (roots.has(span)) finish(span, held);
      else if (held.isKept === true) next.onEnd(toSampled(span));
      else if (held.isKept === undefined && held.spans.length < maxSpans) held.spans.push(span);
    },
    forceFlush: () => next.forceFlush(),
    shutdown: () => next.shutdown(),
  };
}
