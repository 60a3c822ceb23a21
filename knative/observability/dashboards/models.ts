import type { Dashboard } from './dashboard.ts';
import { increase } from './increase.ts';
import { toQuantiles } from './quantiles.ts';
import { revision } from './variables.ts';

export const models: Dashboard = {
  name: 'models',
  title: 'Model providers',
  description: 'Whether providers answer, how fast the first word comes, and what is tried a second time.',
  variables: [revision],
  rows: [
    {
      title: 'Providers',
      panels: [
        {
          kind: 'stat',
          title: 'Circuit breakers',
          description: 'Open: calls to the provider are refused at once, its models’ fallbacks answer.',
          unit: 'none',
          values: { 0: 'closed', 1: 'half-open', 2: 'open' },
          queries: [
            {
              expr: 'max by (dependency) (genai_circuit_breaker_state{dependency=~"model:.*"})',
              legend: '{{dependency}}',
            },
          ],
          thresholds: { warning: 1, critical: 2 },
          runbook: 'breaker-open',
          width: 12,
        },
        {
          kind: 'stat',
          title: 'Streams that failed',
          description: 'Of those that ended in the last five minutes.',
          unit: 'percentunit',
          queries: [
            {
              expr: 'sum(genai:streams:increase5m{outcome="failed"}) / sum(genai:streams:increase5m)',
              legend: 'failed',
            },
          ],
          thresholds: { warning: 0.005, critical: 0.01 },
          runbook: 'errors',
          width: 6,
        },
        {
          kind: 'stat',
          title: 'Answered by a fallback',
          description: 'Fallbacks a question, in the last five minutes.',
          unit: 'percentunit',
          queries: [
            {
              expr: 'sum(increase(genai_model_retries_total{kind="fallback"}[5m])) / sum(increase(genai_queries_total[5m]))',
              legend: 'fallbacks',
            },
          ],
          thresholds: { warning: 0.05, critical: 0.5 },
          runbook: 'breaker-open',
          width: 6,
        },
        {
          kind: 'timeseries',
          title: 'State of the breakers',
          description: '0 closed, 1 half-open, 2 open: the worst of all pods.',
          unit: 'none',
          values: { 0: 'closed', 1: 'half-open', 2: 'open' },
          queries: [
            {
              expr: 'max by (dependency) (genai_circuit_breaker_state{dependency=~"model:.*"})',
              legend: '{{dependency}}',
            },
          ],
          thresholds: { critical: 2 },
          runbook: 'breaker-open',
        },
        {
          kind: 'timeseries',
          title: 'Second attempts before the first word',
          description: '`retry`: the same model again; `fallback`: the next one. They grow before a breaker opens.',
          unit: 'reqps',
          queries: [
            {
              expr: 'sum by (kind) (rate(genai_model_retries_total{revision=~"$revision"}[$__rate_interval]))',
              legend: '{{kind}}',
            },
          ],
          runbook: 'high-latency',
        },
      ],
    },
    {
      title: 'Answers',
      panels: [
        {
          kind: 'timeseries',
          title: 'Time to the first word',
          description: 'From the question on: admission, retrieval and the model.',
          unit: 's',
          queries: toQuantiles('genai_time_to_first_token_seconds_bucket{revision=~"$revision"}'),
          thresholds: { critical: 2.5 },
          runbook: 'high-latency',
        },
        {
          kind: 'timeseries',
          title: 'Time to the whole answer',
          description: 'Says how much was asked for: nobody is alerted.',
          unit: 's',
          queries: toQuantiles('genai_query_latency_seconds_bucket{revision=~"$revision"}'),
        },
        {
          kind: 'timeseries',
          title: 'Tokens in five minutes, by model',
          description: 'A model whose tokens stop while questions go on is not answering.',
          unit: 'short',
          queries: [
            {
              expr: `sum by (model, direction) (${increase('genai_tokens_total{revision=~"$revision"}', '5m')})`,
              legend: '{{model}} {{direction}}',
            },
          ],
        },
        {
          kind: 'timeseries',
          title: 'Streams by how they ended',
          description: '`aborted`: the client left.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum by (outcome) (rate(genai_streams_total{revision=~"$revision"}[$__rate_interval]))',
              legend: '{{outcome}}',
            },
          ],
          runbook: 'errors',
        },
        {
          kind: 'timeseries',
          title: 'Verdicts of guardrails',
          description: 'What was refused or changed, on the way in and out.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum by (verdict) (rate(genai_guardrail_verdicts_total{revision=~"$revision"}[$__rate_interval]))',
              legend: '{{verdict}}',
            },
          ],
        },
      ],
    },
  ],
};
