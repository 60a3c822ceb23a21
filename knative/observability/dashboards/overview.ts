import type { Dashboard } from './dashboard.ts';
import { guardRows } from './guard-rows.ts';
import { requestRow } from './request-row.ts';
import { revision } from './variables.ts';

export const overview: Dashboard = {
  name: 'overview',
  title: 'Overview',
  description:
    'Whether the platform does what it promises, and where to look if not. At rest nothing runs, and most is without data.',
  variables: [revision],
  rows: [
    {
      title: 'Now, over five minutes',
      panels: [
        {
          kind: 'stat',
          title: 'Alerts that fire',
          description: 'Listed below; they are silenced in Alertmanager, a data source of Grafana.',
          unit: 'short',
          queries: [{ expr: 'count(ALERTS{alertstate="firing"}) or vector(0)', legend: 'alerts' }],
          thresholds: { critical: 1 },
        },
        {
          kind: 'stat',
          title: 'Requests',
          description: 'A second, as clients sent them.',
          unit: 'reqps',
          queries: [{ expr: 'sum(genai:slo_all:increase5m{slo="availability"}) / 300', legend: 'requests' }],
        },
        {
          kind: 'stat',
          title: 'Failed requests',
          description: 'Answered with 5xx.',
          unit: 'percentunit',
          queries: [
            {
              expr: 'sum(genai:slo_bad:increase5m{slo="availability"}) / sum(genai:slo_all:increase5m{slo="availability"})',
              legend: 'failed',
            },
          ],
          thresholds: { warning: 0.001, critical: 0.01 },
          runbook: 'errors',
        },
        {
          kind: 'stat',
          title: 'First word, p95',
          description: 'From the question on.',
          unit: 's',
          queries: [
            {
              expr: 'histogram_quantile(0.95, sum by (le) (genai:first_token_seconds_bucket:increase5m))',
              legend: 'p95',
            },
          ],
          thresholds: { warning: 1.5, critical: 2.5 },
          runbook: 'high-latency',
        },
        {
          kind: 'stat',
          title: 'Pods',
          description: 'Of functions, ready. None is right at rest.',
          unit: 'short',
          queries: [{ expr: 'sum(kn_revision_pods_count)', legend: 'pods' }],
          runbook: 'pod-down',
        },
        {
          kind: 'stat',
          title: 'Attempts to cross tenants',
          description: 'Any is looked into.',
          unit: 'short',
          queries: [{ expr: 'sum(genai:leakage_attempts:increase5m)', legend: 'attempts' }],
          thresholds: { critical: 0.5 },
          runbook: 'leakage',
        },
        {
          kind: 'table',
          title: 'Alerts',
          description: 'Pending or firing; each names its section of docs/operations/troubleshooting.md.',
          unit: 'none',
          queries: [{ expr: 'count by (alertname, severity, alertstate) (ALERTS)', legend: '{{alertname}}' }],
        },
        {
          kind: 'timeseries',
          title: 'Error budget, spent how many times too fast',
          description:
            'At 1 the budget of thirty days lasts thirty days, at 14.4 two. Over the last hour, and over six.',
          unit: 'short',
          queries: [
            { expr: 'max by (slo) (genai:slo_burn:rate1h)', legend: '{{slo}} 1 h' },
            { expr: 'max by (slo) (genai:slo_burn:rate6h)', legend: '{{slo}} 6 h' },
          ],
          thresholds: { warning: 6, critical: 14.4 },
          runbook: 'error-budget',
        },
      ],
    },
    requestRow,
    ...guardRows,
  ],
};
