import type { AuditEvent } from './audit-event.ts';
import type { AuditBlock, StoredHead } from './audit-store.ts';
import { appendToChain, chainStart, type ChainHead } from './chain.ts';
import { isCheckpointDue, type SignCheckpoint } from './checkpoint.ts';
import type { WaitingEvent } from './waiting-event.ts';

const maxEvents = 500;
/** Characters of JSON; an event has less than 8 KiB of them. */
const maxSize = 256 * 1024;

/** How many of the waiting events fit into one block. */
export function countFitting(waiting: readonly WaitingEvent[]): number {
  let size = 0;
  const end = waiting.slice(0, maxEvents).findIndex(({ event }) => (size += JSON.stringify(event).length) > maxSize);
  return end === -1 ? Math.min(waiting.length, maxEvents) : Math.max(end, 1);
}

/** What the next block follows. */
export const toHead = (events: readonly AuditEvent[], before: StoredHead | undefined): StoredHead | undefined => {
  const last = events.at(-1);
  return last ? { sequence: last.sequence, hash: last.hash, timestamp: last.timestamp } : before;
};

/** The block of these events after the head. Clocks of processes differ: within a chain time does not go back. */
export async function toBlock(
  chain: string,
  head: StoredHead | undefined,
  waiting: readonly WaitingEvent[],
  sign: SignCheckpoint | undefined,
): Promise<AuditBlock> {
  let before: ChainHead = head ?? chainStart;
  let at = head?.timestamp ?? '';
  const events = waiting.map(({ event }) => {
    at = event.timestamp > at ? event.timestamp : at;
    const linked = appendToChain(before, { ...event, timestamp: at });
    before = linked;
    return linked;
  });
  const checkpoint = isCheckpointDue(events, head?.timestamp) ? await sign?.(chain, before) : undefined;
  return { chain, events, ...(checkpoint ? { checkpoint } : {}) };
}
