import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { AuditEntry, AuditTrail } from './audit-trail.ts';

const toEvent = (actor: Actor, { action, target, tenantId }: AuditEntry) => ({
  event: 'audit',
  action,
  target,
  outcome: 'success',
  tenant_id: tenantId ?? actor.tenantId,
  user_id: actor.userId,
  request_id: actor.origin.requestId,
  trace_id: actor.origin.traceId,
  ip: actor.origin.ip,
});

/** Writes the audit trail as `audit` events on stdout, for the log store to keep. */
export const createLogAuditTrail = (logger: Logger): AuditTrail => ({
  async record(actor, entry) {
    logger.info(toEvent(actor, entry));
    logger.flush();
  },
  recordAccess: (actor, entry) => logger.info(toEvent(actor, entry)),
});
