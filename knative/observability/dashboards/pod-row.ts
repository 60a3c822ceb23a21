import type { Row } from './dashboard.ts';

/** Whether pods are young, busy, large or stuck. */
export const podRow: Row = {
  title: 'How pods are',
  panels: [
    {
      kind: 'timeseries',
      title: 'Pods that are younger than a minute',
      description: 'By revision: how many starts a burst takes.',
      unit: 'short',
      queries: [
        {
          expr: 'count by (revision) (time() - process_start_time_seconds{job="functions",revision=~"$revision"} < 60)',
          legend: '{{revision}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Event loop, p99 late',
      description: 'The most of all pods. Above 0.1 s a pod does more than it can: lower the function’s `target`.',
      unit: 's',
      queries: [
        {
          expr: 'max by (revision) (nodejs_eventloop_lag_p99_seconds{revision=~"$revision"})',
          legend: '{{revision}}',
        },
      ],
      thresholds: { warning: 0.1 },
      runbook: 'high-latency',
    },
    {
      kind: 'timeseries',
      title: 'Processors in use, a pod',
      description: 'The most of all pods.',
      unit: 'short',
      queries: [
        {
          expr: 'max by (revision) (rate(process_cpu_seconds_total{job="functions",revision=~"$revision"}[$__rate_interval]))',
          legend: '{{revision}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Memory, a pod',
      description: 'The most of all pods.',
      unit: 'bytes',
      queries: [
        {
          expr: 'max by (revision) (process_resident_memory_bytes{job="functions",revision=~"$revision"})',
          legend: '{{revision}}',
        },
      ],
    },
  ],
};
