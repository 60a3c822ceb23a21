import type { Dashboard } from './dashboard.ts';
import { podRow } from './pod-row.ts';
import { revisionRow } from './revision-row.ts';
import { revision, service } from './variables.ts';

const byRevision = (metric: string) => ({
  expr: `max by (kn_revision_name) (${metric}{kn_service_name=~"$service"})`,
  legend: '{{kn_revision_name}}',
});

export const scaling: Dashboard = {
  name: 'scaling',
  title: 'Cold starts and scaling',
  description:
    'What Knative’s autoscaler wants, what there is, and one revision against another. At rest nothing runs, and nothing is shown.',
  variables: [service, revision],
  rows: [
    {
      title: 'Pods',
      panels: [
        {
          kind: 'timeseries',
          title: 'Pods that are ready, by revision',
          description: 'None is right while none is asked for.',
          unit: 'short',
          queries: [byRevision('kn_revision_pods_count')],
          runbook: 'pod-down',
        },
        {
          kind: 'timeseries',
          title: 'Pods that are missing, by revision',
          description: 'Asked for or begun, and not ready: a cold start for seconds, a fault for minutes.',
          unit: 'short',
          queries: [
            {
              expr: 'max by (kn_revision_name) (kn_revision_pods_requested{kn_service_name=~"$service"}) - max by (kn_revision_name) (kn_revision_pods_count{kn_service_name=~"$service"})',
              legend: '{{kn_revision_name}}',
            },
            {
              expr: 'max by (kn_revision_name) (kn_revision_pods_not_ready_count{kn_service_name=~"$service"} - kn_revision_pods_terminating_count{kn_service_name=~"$service"})',
              legend: '{{kn_revision_name}}, begun',
            },
          ],
          thresholds: { critical: 1 },
          runbook: 'pod-down',
        },
        {
          kind: 'timeseries',
          title: 'Pods on their way, up or down',
          description:
            'Pending: no node has room, or the image is not there. Terminating pods finish their streams first.',
          unit: 'short',
          queries: ['pending', 'not_ready', 'terminating'].map((phase) => ({
            expr: `sum(kn_revision_pods_${phase}_count{kn_service_name=~"$service"})`,
            legend: phase.replace('_', ' '),
          })),
          runbook: 'pod-down',
        },
        {
          kind: 'timeseries',
          title: 'Cold starts',
          description: 'Times that a revision went from no pod to some, in five minutes: each made a request wait.',
          unit: 'short',
          queries: [
            {
              expr: 'sum by (kn_service_name) (resets((kn_revision_pods_count{kn_service_name=~"$service"} == bool 0)[5m:5s]))',
              legend: '{{kn_service_name}}',
            },
          ],
          runbook: 'high-latency',
        },
      ],
    },
    {
      title: 'The autoscaler’s reasons',
      panels: [
        {
          kind: 'timeseries',
          title: 'Requests at once, a pod',
          description: 'Mean of the stable window. Where it stays above the target, `max-scale` is reached.',
          unit: 'short',
          queries: [
            byRevision('kn_revision_concurrency_stable'),
            {
              expr: 'max by (kn_revision_name) (kn_revision_concurrency_target{kn_service_name=~"$service"})',
              legend: '{{kn_revision_name}} target',
            },
          ],
        },
        {
          kind: 'timeseries',
          title: 'Panic',
          description: '1 while the autoscaler scales by the last seconds, and never down.',
          unit: 'none',
          queries: [byRevision('kn_revision_panic_mode')],
        },
        {
          kind: 'timeseries',
          title: 'Room for a burst',
          description: 'Below 0 the activator holds requests until there are more pods.',
          unit: 'short',
          queries: [byRevision('kn_revision_capacity_excess')],
        },
        {
          kind: 'timeseries',
          title: 'Requests being answered',
          description: 'By revision, as functions count them; streams as long as they are open.',
          unit: 'short',
          queries: [
            {
              expr: 'sum by (revision) (genai_requests_in_flight{revision=~"$revision"})',
              legend: '{{revision}}',
            },
          ],
        },
      ],
    },
    podRow,
    revisionRow,
  ],
};
