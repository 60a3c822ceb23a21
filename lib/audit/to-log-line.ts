import type { LogEvent } from '#lib/telemetry/logger.ts';
import type { PendingEvent } from './audit-event.ts';
import type { AuditActor } from './audit-trail.ts';

/** The event as a line of the log; `sequence` where it has its place in the chain already. */
export const toLogLine = (actor: AuditActor, event: PendingEvent, sequence?: number): LogEvent => {
  const { timestamp: _, ip, ...rest } = event;
  return {
    event: 'audit',
    ...rest,
    ...(sequence === undefined ? {} : { sequence }),
    trace_id: actor.origin.traceId,
    ip: ip ?? undefined,
  };
};
