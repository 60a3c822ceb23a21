import type { Dashboard } from './dashboard.ts';
import { toQuantiles } from './quantiles.ts';
import { revision } from './variables.ts';

export const retrieval: Dashboard = {
  name: 'retrieval',
  title: 'Retrieval',
  description: 'Searches, what they find, and what is ingested.',
  variables: [revision],
  rows: [
    {
      title: 'Searches',
      panels: [
        {
          kind: 'timeseries',
          title: 'Requests',
          description: 'Searches of their own, and those that questions make.',
          unit: 'reqps',
          queries: [
            {
              expr: 'sum by (function) (rate(genai_requests_total{function=~"search|query",revision=~"$revision"}[$__rate_interval]))',
              legend: '{{function}}',
            },
          ],
        },
        {
          kind: 'timeseries',
          title: 'Time of a search',
          description: 'Of `POST /v1/search`; an answer’s retrieval takes as long.',
          unit: 's',
          queries: toQuantiles('genai_request_duration_seconds_bucket{function="search",revision=~"$revision"}'),
          thresholds: { critical: 2.5 },
          runbook: 'high-latency',
        },
        {
          kind: 'timeseries',
          title: 'Questions without evidence',
          description:
            'The passages found say too little. More than usual: documents are missing, or a tenant was not re-indexed.',
          unit: 'percentunit',
          queries: [
            {
              expr: 'sum(rate(genai_queries_total{status="no_evidence",revision=~"$revision"}[$__rate_interval])) / sum(rate(genai_queries_total{revision=~"$revision"}[$__rate_interval]))',
              legend: 'no evidence',
            },
          ],
        },
        {
          kind: 'timeseries',
          title: 'OpenSearch answers',
          description: 'The share of pods that reach it.',
          unit: 'percentunit',
          queries: [{ expr: 'avg(genai_dependency_up{dependency="search"})', legend: 'up' }],
          runbook: 'breaker-open',
        },
      ],
    },
    {
      title: 'Documents',
      panels: [
        {
          kind: 'timeseries',
          title: 'Documents by what became of them',
          description: '`unchanged` cost no work; `failed`: the answer says why, for each.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum by (status) (rate(genai_documents_ingested_total{revision=~"$revision"}[$__rate_interval]))',
              legend: '{{status}}',
            },
          ],
        },
        {
          kind: 'timeseries',
          title: 'Time of a request to documents, p95',
          description: 'By route.',
          unit: 's',
          queries: [
            {
              expr: 'histogram_quantile(0.95, sum by (le, route) (rate(genai_request_duration_seconds_bucket{function="documents",revision=~"$revision"}[$__rate_interval])))',
              legend: '{{route}}',
            },
          ],
        },
      ],
    },
  ],
};
