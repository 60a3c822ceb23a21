import type { SpanContext } from '@opentelemetry/api';
import { RandomIdGenerator, type IdGenerator } from '@opentelemetry/sdk-trace';

/** Random ids, but for a span that has been given its own already. */
export interface PlannedIds {
  generator: IdGenerator;
  /** What is begun meanwhile gets these. */
  during<Result>(ids: SpanContext, begin: () => Result): Result;
}

export function createPlannedIds(): PlannedIds {
  const random = new RandomIdGenerator();
  let planned: SpanContext | undefined;
  return {
    generator: {
      generateTraceId: () => planned?.traceId ?? random.generateTraceId(),
      generateSpanId: () => planned?.spanId ?? random.generateSpanId(),
    },
    during(ids, begin) {
      planned = ids;
      try {
        return begin();
      } finally {
        planned = undefined;
      }
    },
  };
}
