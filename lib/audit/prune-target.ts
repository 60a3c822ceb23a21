import type { AuditEvent } from './audit-event.ts';

export const pruneAction = 'audit.prune';

/** What an event of this action names: the events that were dropped. */
export const toPruneTarget = (first: number, last: number): string => `${first}-${last}`;

/** The last event that was dropped by what the event tells of; 0 where it tells of something else. */
export function prunedTo({ action, target }: Pick<AuditEvent, 'action' | 'target'>): number {
  const [, last = '0'] = (action === pruneAction && /^\d{1,15}-(\d{1,15})$/.exec(target)) || [];
  return Number(last);
}
