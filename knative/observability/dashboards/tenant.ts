import type { Dashboard } from './dashboard.ts';
import { increase } from './increase.ts';
import { tenant as variable } from './variables.ts';

const costs = 'genai_cost_total_dollars{tenant="$tenant"}';

const elsewhere = `Metrics name a tenant for its cost alone, and call those beyond a process's first hundred \`other\`. The rest is
kept by tenant, and shown to those who may see it:

- requests, tokens, cost by day, model, user, key: \`GET /v1/usage?tenant_id=$tenant&group_by=day,model\`
- who did what: \`GET /v1/audit\`, as the tenant's administrator
- logs: \`kubectl logs -l app.kubernetes.io/component=function -c user-container --max-log-requests=120 | grep '"tenant_id":"$tenant"'\`
- traces: in Jaeger, by the tag \`genai.tenant_id=$tenant\`
`;

/** One tenant, as far as metrics know it. */
export const tenant: Dashboard = {
  name: 'tenant',
  title: 'One tenant',
  description: 'What one tenant spends, and where the rest about it is found.',
  variables: [variable],
  rows: [
    {
      title: 'Spending of $tenant',
      panels: [
        {
          kind: 'stat',
          title: 'In the last hour',
          description: 'Dollars; estimates of the platform’s own work included.',
          unit: 'currencyUSD',
          queries: [{ expr: `sum(${increase(costs, '1h')})`, legend: 'cost' }],
          width: 8,
        },
        {
          kind: 'stat',
          title: 'In the last day',
          description: 'Dollars. What a pod counted after it was last asked is missing here; the ledger has it.',
          unit: 'currencyUSD',
          queries: [{ expr: `sum(${increase(costs, '1d')})`, legend: 'cost' }],
          width: 8,
        },
        {
          kind: 'stat',
          title: 'Share of all spending in the last hour',
          description: 'Near 100 % while others work: nobody else spends, or this tenant takes what others need.',
          unit: 'percentunit',
          queries: [
            {
              expr: `sum(${increase(costs, '1h')}) / sum(${increase('genai_cost_total_dollars', '1h')})`,
              legend: 'share',
            },
          ],
          width: 8,
        },
        {
          kind: 'timeseries',
          title: 'Dollars in five minutes',
          description: 'A jump is looked into by key and by user.',
          unit: 'currencyUSD',
          queries: [{ expr: 'genai:cost_dollars:increase5m{tenant="$tenant"}', legend: '$tenant' }],
          runbook: 'cost-jumps',
        },
        { kind: 'text', title: 'The rest about $tenant', markdown: elsewhere },
      ],
    },
  ],
};
