import { toIsoTime } from '#lib/core/clock.ts';
import { toRefText } from '#lib/tenancy/state-key.ts';
import type { PendingEvent } from './audit-event.ts';
import type { AuditActor, AuditEntry, AuditOutcome } from './audit-trail.ts';

/** The chain of what is no tenant's, and the tenant of its events: no tenant id begins like this. */
export const platformChain = '_platform';

const accountOf = (actor: AuditActor, { account }: AuditEntry) => account ?? actor.account;

/** In whose chain the event stands. */
export function toChain(actor: AuditActor, entry: AuditEntry): string {
  const account = accountOf(actor, entry);
  return account ? toRefText(account) : platformChain;
}

/** Half of a character would be another one after it was stored. */
const cut = (text: string, length: number): string => text.slice(0, length).toWellFormed();

interface EventFacts {
  outcome: AuditOutcome | 'begun';
  /** The sequence of the intent that it answers. */
  intent?: number | undefined;
  at: number;
}

export const toPendingEvent = (
  actor: AuditActor,
  entry: AuditEntry,
  { outcome, intent, at }: EventFacts,
): PendingEvent => ({
  timestamp: toIsoTime(at),
  tenant_id: accountOf(actor, entry)?.tenantId ?? platformChain,
  user_id: cut(actor.userId, 256),
  action: entry.action,
  target: cut(entry.target, 512),
  outcome,
  ...(intent === undefined ? {} : { intent }),
  ip: actor.origin.ip === undefined ? null : cut(actor.origin.ip, 64),
  request_id: cut(actor.origin.requestId, 256),
});
