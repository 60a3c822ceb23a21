import { toQuantile, type Buckets } from './quantile.ts';

/** What a revision has counted in all its pods. */
export interface Totals {
  requests: number;
  /** Answers of 5xx, and streams that failed after their head was sent. */
  errors: number;
  duration: Buckets;
  firstToken: Buckets;
  /** Dollars; unknown where no model is paid for. */
  cost: number | undefined;
  /** Grows whenever a pod's container has restarted. */
  restarts: number;
}

interface Latency {
  samples: number;
  /** Seconds. */
  p95: number | undefined;
}

/** What happened between two readings. */
export interface Figures {
  requests: number;
  errors: number;
  errorRate: number;
  duration: Latency;
  firstToken: Latency;
  costPerRequest: number | undefined;
  restarts: number;
}

/** A container that restarts counts from zero. */
const since = (now: number, before: number): number => Math.max(0, now - before);

function toLatency(now: Buckets, before: Buckets): Latency {
  const buckets = new Map([...now].map(([bound, count]) => [bound, since(count, before.get(bound) ?? 0)]));
  return { samples: buckets.get(Infinity) ?? 0, p95: toQuantile(0.95, buckets) };
}

export function toFigures(now: Totals, before: Totals): Figures {
  const requests = since(now.requests, before.requests);
  const errors = since(now.errors, before.errors);
  const cost = now.cost === undefined ? undefined : since(now.cost, before.cost ?? 0);
  return {
    requests,
    errors,
    errorRate: requests === 0 ? Number(errors > 0) : errors / requests,
    duration: toLatency(now.duration, before.duration),
    firstToken: toLatency(now.firstToken, before.firstToken),
    costPerRequest: cost === undefined || requests === 0 ? undefined : cost / requests,
    restarts: since(now.restarts, before.restarts),
  };
}
