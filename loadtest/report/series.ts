import { metricNames } from '../artillery/metrics.ts';
import type { ArtilleryOutput } from './artillery-output.ts';

export interface SeriesPoint {
  /** Seconds since the first request. */
  at: number;
  requestsPerSecond: number;
  errorsPerSecond: number;
  /** Milliseconds; undefined where nothing was answered. */
  p50: number | undefined;
  p95: number | undefined;
  p99: number | undefined;
}

const periodMilliseconds = 10_000;

/** What was counted, over time. The first and the last period are partly outside of the run. */
export function toSeries({ aggregate, intermediate }: ArtilleryOutput): SeriesPoint[] {
  const { firstMetricAt, lastMetricAt } = aggregate;
  return intermediate
    .toSorted((a, b) => a.period - b.period)
    .map(({ period, counters, summaries }) => {
      const from = Math.max(period, firstMetricAt);
      const to = Math.min(period + periodMilliseconds, Math.max(lastMetricAt, from));
      const seconds = Math.max(1, (to - from) / 1000);
      const latency = summaries[metricNames.latency];
      return {
        at: Math.round((from - firstMetricAt) / 1000),
        requestsPerSecond: (counters[metricNames.requests] ?? 0) / seconds,
        errorsPerSecond: (counters[metricNames.errors] ?? 0) / seconds,
        p50: latency?.p50,
        p95: latency?.p95,
        p99: latency?.p99,
      };
    });
}
