import type { Row } from './dashboard.ts';
import { toQuantiles } from './quantiles.ts';

/** What clients notice. */
export const requestRow: Row = {
  title: 'Requests',
  panels: [
    {
      kind: 'timeseries',
      title: 'Requests, by function',
      description: 'To the head of the response.',
      unit: 'reqps',
      queries: [
        {
          expr: 'sum by (function) (rate(genai_requests_total{revision=~"$revision"}[$__rate_interval]))',
          legend: '{{function}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Failed requests, by function',
      description: 'The share that was answered with 5xx.',
      unit: 'percentunit',
      queries: [
        {
          expr: 'sum by (function) (rate(genai_requests_total{status="5xx",revision=~"$revision"}[$__rate_interval])) / sum by (function) (rate(genai_requests_total{revision=~"$revision"}[$__rate_interval]))',
          legend: '{{function}}',
        },
      ],
      thresholds: { critical: 0.01 },
      runbook: 'errors',
    },
    {
      kind: 'timeseries',
      title: 'Time to the first word',
      description: 'What a stream is judged by: its whole length says how much was asked for.',
      unit: 's',
      queries: toQuantiles('genai_time_to_first_token_seconds_bucket{revision=~"$revision"}'),
      thresholds: { critical: 2.5 },
      runbook: 'high-latency',
    },
    {
      kind: 'timeseries',
      title: 'Time to the response’s head, p95, by function',
      description: 'Of streams the head comes at once.',
      unit: 's',
      queries: [
        {
          expr: 'histogram_quantile(0.95, sum by (le, function) (rate(genai_request_duration_seconds_bucket{revision=~"$revision"}[$__rate_interval])))',
          legend: '{{function}}',
        },
      ],
      runbook: 'high-latency',
    },
    {
      kind: 'timeseries',
      title: 'Streams that were cut off, by cause',
      description: 'After their first word, by other than their client. `mesh`: Knative has ended them.',
      unit: 'ops',
      queries: [
        {
          expr: 'sum by (cause) (rate(genai_stream_truncations_total{revision=~"$revision"}[$__rate_interval]))',
          legend: '{{cause}}',
        },
      ],
      runbook: 'truncated-streams',
    },
    {
      kind: 'timeseries',
      title: 'Requests that were turned away, by reason',
      description: 'Limits and budgets of tenants; `share`: the process’s own; `state`: the state store is away.',
      unit: 'reqps',
      queries: [
        {
          expr: 'sum by (reason) (rate(genai_admission_refusals_total{revision=~"$revision"}[$__rate_interval]))',
          legend: '{{reason}}',
        },
      ],
      runbook: 'refusals',
    },
  ],
};
