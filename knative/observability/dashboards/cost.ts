import type { Dashboard } from './dashboard.ts';
import { increase } from './increase.ts';
import { revision } from './variables.ts';

const costs = 'genai_cost_total_dollars';

export const cost: Dashboard = {
  name: 'cost',
  title: 'Cost',
  description:
    'What answers cost, whom, and what saves money. What a pod counted after it was last asked is in the ledger alone.',
  variables: [revision],
  rows: [
    {
      title: 'Spending',
      panels: [
        {
          kind: 'stat',
          title: 'In the last hour',
          description: 'Dollars, of all tenants.',
          unit: 'currencyUSD',
          queries: [{ expr: `sum(${increase(costs, '1h')})`, legend: 'cost' }],
        },
        {
          kind: 'stat',
          title: 'In the last day',
          description: 'Dollars, of all tenants.',
          unit: 'currencyUSD',
          queries: [{ expr: `sum(${increase(costs, '1d')})`, legend: 'cost' }],
        },
        {
          kind: 'stat',
          title: 'An answer costs',
          description: 'Dollars spent by the functions that answer questions in the last hour, by answer.',
          unit: 'currencyUSD',
          queries: [
            {
              expr: `sum(${increase('genai_cost_total_dollars{revision=~"query-.*"}', '1h')}) / sum(${increase('genai_queries_total{status=~"success|no_evidence"}', '1h')})`,
              legend: 'cost',
            },
          ],
        },
        {
          kind: 'stat',
          title: 'Answers from caches',
          description:
            'Of the look-ups of the last hour. Fewer than usual: documents that change all the time, a new model.',
          unit: 'percentunit',
          queries: [
            {
              expr: `sum(${increase('genai_cache_requests_total{result=~"hit|shared"}', '1h')}) / sum(${increase('genai_cache_requests_total{result=~"hit|shared|miss"}', '1h')})`,
              legend: 'hits',
            },
          ],
          runbook: 'cost-jumps',
          width: 6,
        },
        {
          kind: 'stat',
          title: 'Not yet in the ledger',
          description: 'Settlements that wait for the state store.',
          unit: 'short',
          queries: [{ expr: 'sum(genai_pending_settlements)', legend: 'settlements' }],
          thresholds: { warning: 1, critical: 100 },
          runbook: 'ledger-unavailable',
          width: 6,
        },
        {
          kind: 'timeseries',
          title: 'Dollars in five minutes, by tenant',
          description: 'The ten that spend the most; `other` are those beyond a process’s first hundred.',
          unit: 'currencyUSD',
          queries: [{ expr: 'topk(10, sum by (tenant) (genai:cost_dollars:increase5m))', legend: '{{tenant}}' }],
          runbook: 'cost-jumps',
        },
        {
          kind: 'table',
          title: 'Spent in the last day, by tenant',
          description: 'The twenty that spend the most.',
          unit: 'currencyUSD',
          queries: [{ expr: `topk(20, sum by (tenant) (${increase(costs, '1d')}))`, legend: '{{tenant}}' }],
        },
      ],
    },
    {
      title: 'What it is spent on',
      panels: [
        {
          kind: 'timeseries',
          title: 'Tokens in five minutes, by model',
          description: 'In and out of models.',
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
          title: 'Look-ups of caches',
          description:
            '`shared`: the answer was being made for another request; `bypassed`: the client wanted it anew.',
          unit: 'reqps',
          queries: [
            {
              expr: 'sum by (cache, result) (rate(genai_cache_requests_total{revision=~"$revision"}[$__rate_interval]))',
              legend: '{{cache}} {{result}}',
            },
          ],
          runbook: 'cost-jumps',
        },
        {
          kind: 'timeseries',
          title: 'Requests that were turned away, by reason',
          description:
            '`budget`: a hard budget is spent or reserved; `requests`, `tokens`, `concurrency`: a tenant’s limits.',
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
    },
  ],
};
