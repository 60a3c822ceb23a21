import { canonicalJson, sha256Hex } from '#lib/core/digest.ts';
import type { AuditEvent } from './audit-event.ts';

/** How far a chain has come. */
export interface ChainHead {
  sequence: number;
  hash: string;
}

/** Before the first event. */
export const chainStart: ChainHead = { sequence: 0, hash: '0'.repeat(64) };

/** The hash that an event must have: over its canonical JSON, which names the hash of the event before. */
export function toEventHash(given: Omit<AuditEvent, 'hash'> & { hash?: string }): string {
  const { hash: _, ...event } = given;
  return sha256Hex(canonicalJson(event));
}

export function appendToChain<Event extends object>(
  head: ChainHead,
  event: Event,
): Event & Pick<AuditEvent, 'sequence' | 'previous_hash' | 'hash'> {
  const linked = { ...event, sequence: head.sequence + 1, previous_hash: head.hash };
  return { ...linked, hash: sha256Hex(canonicalJson(linked)) };
}
