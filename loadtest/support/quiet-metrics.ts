import type { Metrics } from '#lib/telemetry/metrics.ts';

const nothing = () => undefined;

/** Counts nothing. */
export const createMetrics = (): Metrics => ({
  request: nothing,
  routes: nothing,
  query: nothing,
  firstToken: nothing,
  stream: nothing,
  truncation: nothing,
  ingest: nothing,
  models: nothing,
  tokens: nothing,
  leakage: nothing,
  cost: nothing,
  refusal: nothing,
  queue: () => ({ waiting: nothing, refused: nothing }),
  cache: nothing,
  guardrail: nothing,
  modelRetry: nothing,
  pendingSettlements: nothing,
  ledgerFailure: nothing,
  pendingAuditEvents: nothing,
  lostAuditEvents: nothing,
  expiringKey: nothing,
  auditAppendFailure: nothing,
  inFlight: nothing,
  breaker: nothing,
  stateMemory: nothing,
  lastBackup: nothing,
  certificateExpiry: nothing,
  beforeExpose: nothing,
  expose: async () => ({ text: '', contentType: 'text/plain' }),
  read: async () => [],
});
