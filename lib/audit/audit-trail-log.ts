import type { Logger } from '#lib/telemetry/logger.ts';
import type { AuditTrail } from './audit-trail.ts';

/** Writes the audit trail as `audit` events on stdout, for the log store to keep. */
export const createLogAuditTrail = (logger: Logger): AuditTrail => ({
  async record(actor, { action, target, tenantId }) {
    logger.info({
      event: 'audit',
      action,
      target,
      outcome: 'success',
      tenant_id: tenantId ?? actor.tenantId,
      user_id: actor.userId,
      request_id: actor.origin.requestId,
      ip: actor.origin.ip,
    });
    logger.flush();
  },
});
