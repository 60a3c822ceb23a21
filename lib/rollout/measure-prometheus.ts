import { together } from '#lib/core/together.ts';
import type { Totals } from './figures.ts';
import type { Measure } from './measure.ts';
import type { QueryPrometheus, Sample } from './prometheus.ts';

const sum = (samples: readonly Sample[]): number => samples.reduce((total, { value }) => total + value, 0);

const toBuckets = (samples: readonly Sample[]) =>
  new Map(
    samples.map(({ labels, value }) => [
      labels['le'] === '+Inf' ? Infinity : Number(labels['le'] ?? Number.NaN),
      value,
    ]),
  );

/**
 * The pods of a revision come and go: the highest value of each one's counter within the span, summed.
 * With one `from` for all readings no pod drops out of a later one, so that their differences are what
 * was counted in between.
 */
export function createPrometheusMeasure(query: QueryPrometheus): Measure {
  return async (revisions, { from, at }, signal) => {
    const matcher = `revision=~"${revisions.join('|')}"`;
    const seconds = Math.max(1, Math.ceil((at - from) / 1000));
    const read = (metric: string, ...labels: string[]) => {
      const by = ['revision', ...labels].join(', ');
      return (until: AbortSignal) =>
        query(`sum by (${by}) (max_over_time(${metric}{${matcher}}[${seconds}s]))`, at, until);
    };
    // A container that restarts is back at its address within seconds; another pod gets that address later.
    const resets = `sum_over_time(resets(genai_requests_total{${matcher}}[30s])[${seconds}s:15s])`;
    const readRestarts = (until: AbortSignal) =>
      query(`sum by (revision) (max by (revision, instance) (${resets}))`, at, until);
    const [requests, streams, duration, firstToken, cost, restarts] = await together(
      signal,
      read('genai_requests_total', 'status'),
      read('genai_streams_total', 'outcome'),
      read('genai_request_duration_seconds_bucket', 'le'),
      read('genai_time_to_first_token_seconds_bucket', 'le'),
      read('genai_cost_total_dollars'),
      readRestarts,
    );

    const toTotals = (revision: string): Totals => {
      const own = (samples: readonly Sample[]) => samples.filter(({ labels }) => labels['revision'] === revision);
      const failedStreams = own(streams).filter(({ labels }) => labels['outcome'] === 'failed');
      const serverErrors = own(requests).filter(({ labels }) => labels['status'] === '5xx');
      const costs = own(cost);
      return {
        requests: sum(own(requests)),
        errors: sum(serverErrors) + sum(failedStreams),
        duration: toBuckets(own(duration)),
        firstToken: toBuckets(own(firstToken)),
        cost: costs.length === 0 ? undefined : sum(costs),
        restarts: sum(own(restarts)),
      };
    };
    return new Map(revisions.map((revision) => [revision, toTotals(revision)]));
  };
}
