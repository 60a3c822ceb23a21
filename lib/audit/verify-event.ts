import type { AuditEvent } from './audit-event.ts';
import { chainStart, toEventHash, type ChainHead } from './chain.ts';

/** Why the event can't follow the one before, or stand first where there is none; `undefined` where it can. */
export function findEventFault(event: AuditEvent, before: AuditEvent | undefined): string | undefined {
  const expected = before ? before.sequence + 1 : event.sequence;
  if (event.sequence !== expected) return `event ${event.sequence} stands where event ${expected} belongs`;
  if (event.hash !== toEventHash(event)) return 'its hash is not that of what it says';
  const isFirst = event.sequence === chainStart.sequence + 1;
  const link = before?.hash ?? (isFirst ? chainStart.hash : event.previous_hash);
  if (event.previous_hash !== link) return 'it does not follow the event before: one of the two was changed';
  if (before && event.timestamp < before.timestamp) return 'it is older than the event before';
  if (before && event.tenant_id !== before.tenant_id) return 'it is of another tenant than the event before';
  return undefined;
}

/** A chain is of one tenant's account, or of what is no tenant's. */
export const isWithin = (chain: string, tenantId: string): boolean =>
  chain === tenantId || chain.startsWith(`${tenantId}.`);

/** Why a statement can't be of the event that it stands behind; `undefined` where it can. */
export function findHeadFault(head: ChainHead & { chain: string }, last: AuditEvent | undefined): string | undefined {
  const { sequence, hash } = last ?? chainStart;
  if (head.sequence !== sequence) return `it is signed for event ${head.sequence} and stands behind event ${sequence}`;
  if (head.hash !== hash) return `it is signed for another event ${sequence}`;
  if (last && !isWithin(head.chain, last.tenant_id)) return 'it is signed for the chain of another tenant';
  return undefined;
}
