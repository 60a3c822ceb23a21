import type { LeakageMonitor } from '#lib/tenancy/leakage.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

export const createLeakageMonitor = (logger: Logger, metrics: Metrics): LeakageMonitor => ({
  report({ kind, tenantId, userId, origin }) {
    metrics.leakage(kind);
    logger.error({
      event: 'cross_tenant',
      kind,
      tenant_id: tenantId,
      user_id: userId,
      request_id: origin.requestId,
      trace_id: origin.traceId,
      ip: origin.ip,
    });
  },
});
