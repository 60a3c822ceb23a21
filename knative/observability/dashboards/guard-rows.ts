import type { Row } from './dashboard.ts';

/** What an operator would miss: dependencies, queues, the audit trail, what runs out. */
export const guardRows: readonly Row[] = [
  {
    title: 'Dependencies and queues',
    panels: [
      {
        kind: 'timeseries',
        title: 'Circuit breakers',
        description: '0 closed, 1 half-open, 2 open: the worst of all pods.',
        unit: 'none',
        values: { 0: 'closed', 1: 'half-open', 2: 'open' },
        queries: [{ expr: 'max by (dependency) (genai_circuit_breaker_state)', legend: '{{dependency}}' }],
        thresholds: { critical: 2 },
        runbook: 'breaker-open',
      },
      {
        kind: 'timeseries',
        title: 'Who waits for a place, by queue',
        description: 'All pods together.',
        unit: 'short',
        queries: [{ expr: 'sum by (queue) (genai_queue_length)', legend: '{{queue}}' }],
        runbook: 'queue-full',
      },
      {
        kind: 'timeseries',
        title: 'Refused by a queue',
        description: 'It was full, or the wait was too long.',
        unit: 'ops',
        queries: [{ expr: 'sum by (queue) (rate(genai_queue_refusals_total[$__rate_interval]))', legend: '{{queue}}' }],
        runbook: 'queue-full',
      },
      {
        kind: 'timeseries',
        title: 'Ledger',
        description: 'Settlements that wait for the state store, and attempts to write one that failed.',
        unit: 'short',
        queries: [
          { expr: 'sum(genai_pending_settlements)', legend: 'waiting' },
          { expr: 'sum(rate(genai_ledger_failures_total[$__rate_interval]))', legend: 'failures a second' },
        ],
        runbook: 'ledger-unavailable',
      },
    ],
  },
  {
    title: 'Audit trail, backups, certificates',
    panels: [
      {
        kind: 'timeseries',
        title: 'Audit events that wait to be stored',
        description: 'Of reads: a mutation waits for its own.',
        unit: 'short',
        queries: [{ expr: 'sum(genai_audit_pending_events)', legend: 'events' }],
        runbook: 'audit-trail',
      },
      {
        kind: 'timeseries',
        title: 'Audit store refuses',
        description: 'Mutations fail meanwhile; events of reads are tried again.',
        unit: 'ops',
        queries: [
          {
            expr: 'sum(rate(genai_audit_append_failures_total[$__rate_interval]))',
            legend: 'failed attempts a second',
          },
        ],
        runbook: 'audit-trail',
      },
      {
        kind: 'stat',
        title: 'Audit events lost',
        description: 'The most within five minutes of the last day: the log alone has them.',
        unit: 'short',
        queries: [{ expr: 'sum(max_over_time(genai:audit_events_lost:increase5m[1d]))', legend: 'events' }],
        thresholds: { critical: 0.5 },
        runbook: 'audit-trail',
        width: 8,
      },
      {
        kind: 'stat',
        title: 'Newest backup',
        description: 'Of OpenSearch (`search`) and of the state store. Without data there is none.',
        unit: 'dateTimeFromNow',
        queries: [{ expr: '1000 * max by (kind) (genai:last_backup:timestamp_seconds > 0)', legend: '{{kind}}' }],
        runbook: 'backup-too-old',
        width: 8,
      },
      {
        kind: 'stat',
        title: 'Uses of API keys that end soon',
        description: 'Within five minutes, of keys that end within a week.',
        unit: 'short',
        queries: [{ expr: 'sum(genai:expiring_api_key_uses:increase5m)', legend: 'uses' }],
        thresholds: { warning: 0.5 },
        runbook: 'api-keys-that-end',
        width: 8,
      },
      {
        kind: 'stat',
        title: 'Certificates end',
        description: 'The first of each file that functions were given.',
        unit: 'dateTimeFromNow',
        queries: [{ expr: '1000 * min by (name) (genai_certificate_expiry_timestamp_seconds)', legend: '{{name}}' }],
        runbook: 'certificates',
        width: 8,
      },
    ],
  },
];
