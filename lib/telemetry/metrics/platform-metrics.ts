import type { BreakerState } from '#lib/core/circuit-breaker.ts';
import { leakageKinds } from '#lib/tenancy/leakage.ts';
import type { Metrics } from '../metrics.ts';
import type { Instruments } from './instruments.ts';

type Guarded = Pick<
  Metrics,
  | 'leakage'
  | 'refusal'
  | 'queue'
  | 'pendingSettlements'
  | 'ledgerFailure'
  | 'pendingAuditEvents'
  | 'lostAuditEvents'
  | 'auditAppendFailure'
  | 'expiringKey'
  | 'breaker'
  | 'stateMemory'
  | 'lastBackup'
  | 'certificateExpiry'
>;

const breakerValues: Record<BreakerState, number> = { closed: 0, half_open: 1, open: 2 };

export function createPlatformMetrics({ count, countBy, gauge }: Instruments): Guarded {
  const leakage = countBy(
    'genai_cross_tenant_leakage_attempts_total',
    'Attempts to reach another tenant, by where they were met',
    'kind',
    leakageKinds,
  );
  const refusals = countBy(
    'genai_admission_refusals_total',
    'Requests that were turned away before any work, by reason',
    'reason',
    ['requests', 'tokens', 'concurrency', 'budget', 'share', 'state'],
  );
  const queueLength = gauge('genai_queue_length', 'Who waits for a place, by queue', ['queue']);
  const queueRefusals = count('genai_queue_refusals_total', 'Who found a queue full, or waited in it too long', [
    'queue',
  ]);
  const pending = gauge('genai_pending_settlements', 'Settlements that wait for the state store to be back');
  const ledgerFailures = count('genai_ledger_failures_total', 'Attempts to write a settlement that failed', []);
  const auditPending = gauge('genai_audit_pending_events', 'Audit events that wait to be stored');
  const auditLost = count('genai_audit_events_lost_total', 'Audit events that could not be stored', []);
  const auditFailures = count('genai_audit_append_failures_total', 'Attempts to store audit events that failed', []);
  const expiringKeys = count('genai_expiring_api_key_uses_total', 'Uses of API keys that end within a week', []);
  const breakers = gauge('genai_circuit_breaker_state', 'Circuit breaker: 0 closed, 1 half-open, 2 open', [
    'dependency',
  ]);
  const up = gauge('genai_dependency_up', '1 while the dependency answers, 0 while its circuit breaker is open', [
    'dependency',
  ]);
  const memory = gauge(
    'genai_state_memory_ratio',
    'Memory that the state store uses, by what it may use; 0: no limit, or none that it tells',
  );
  const backups = gauge(
    'genai_last_backup_timestamp_seconds',
    'When the newest backup was taken; 0: none is known of',
    ['kind'],
  );
  const certificates = gauge(
    'genai_certificate_expiry_timestamp_seconds',
    'When the first certificate of a file ends',
    ['name'],
  );

  return {
    leakage: (kind) => leakage.inc({ kind }),
    refusal: (reason) => refusals.inc({ reason }),
    queue(name) {
      const length = queueLength.labels({ queue: name });
      const refused = queueRefusals.labels({ queue: name });
      length.set(0);
      refused.inc(0);
      return { waiting: (delta) => length.inc(delta), refused: () => refused.inc() };
    },
    pendingSettlements: (amount) => pending.set(amount),
    ledgerFailure: () => ledgerFailures.inc(),
    pendingAuditEvents: (amount) => auditPending.set(amount),
    lostAuditEvents: (amount) => auditLost.inc(amount),
    auditAppendFailure: () => auditFailures.inc(),
    expiringKey: () => expiringKeys.inc(),
    breaker(dependency, state) {
      breakers.set({ dependency }, breakerValues[state]);
      up.set({ dependency }, state === 'closed' ? 1 : 0);
    },
    stateMemory: (ratio) => memory.set(ratio),
    lastBackup: (kind, seconds) => backups.set({ kind }, seconds),
    certificateExpiry: (name, seconds) => certificates.set({ name }, seconds),
  };
}
