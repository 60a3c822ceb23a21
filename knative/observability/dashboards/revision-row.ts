import type { Row } from './dashboard.ts';
import { increase } from './increase.ts';

/** What a rollout looks at. */
export const revisionRow: Row = {
  title: 'One revision against another',
  panels: [
    {
      kind: 'timeseries',
      title: 'Requests',
      description: 'Follows the steps of a rollout.',
      unit: 'reqps',
      queries: [
        {
          expr: 'sum by (revision) (rate(genai_requests_total{revision=~"$revision"}[$__rate_interval]))',
          legend: '{{revision}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Failed requests',
      description: 'Only the newest revision? Roll back.',
      unit: 'percentunit',
      queries: [
        {
          expr: 'sum by (revision) (rate(genai_requests_total{status="5xx",revision=~"$revision"}[$__rate_interval])) / sum by (revision) (rate(genai_requests_total{revision=~"$revision"}[$__rate_interval]))',
          legend: '{{revision}}',
        },
      ],
      thresholds: { critical: 0.01 },
      runbook: 'errors',
    },
    {
      kind: 'timeseries',
      title: 'Time to the first word, p95',
      description: 'By revision.',
      unit: 's',
      queries: [
        {
          expr: 'histogram_quantile(0.95, sum by (le, revision) (rate(genai_time_to_first_token_seconds_bucket{revision=~"$revision"}[$__rate_interval])))',
          legend: '{{revision}}',
        },
      ],
      thresholds: { critical: 2.5 },
      runbook: 'high-latency',
    },
    {
      kind: 'timeseries',
      title: 'Cost of a request',
      description: 'Dollars by request, of five minutes: the third thing that a rollout looks at.',
      unit: 'currencyUSD',
      queries: [
        {
          expr: `sum by (revision) (${increase('genai_cost_total_dollars{revision=~"$revision"}', '5m')}) / sum by (revision) (${increase('genai_requests_total{revision=~"$revision"}', '5m')})`,
          legend: '{{revision}}',
        },
      ],
      runbook: 'cost-jumps',
    },
  ],
};
