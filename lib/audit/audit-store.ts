import type { AuditEvent } from './audit-event.ts';
import type { ChainHead } from './chain.ts';
import type { Checkpoint } from './checkpoint.ts';

/** Events that are written in one piece: all of them or none. */
export interface AuditBlock {
  /** Whose chain: a tenant's account as `toRefText` has it, or `_platform`. A name that was given away again begins anew. */
  chain: string;
  /** In order, 1 to 500, each following the one before. */
  events: readonly AuditEvent[];
  /** Of the block's last event, from time to time. */
  checkpoint?: Checkpoint;
}

/** A block as it is found: nothing is known of what was done to it since it was written. */
export interface StoredBlock {
  /** Under which it is kept: its last event's sequence, when it was written. */
  last: number;
  events: readonly unknown[];
  checkpoint?: unknown;
}

/** A chain's last event. */
export interface StoredHead extends ChainHead {
  timestamp: string;
}

export interface AuditRange {
  /** Of events after this sequence; 0 from the start. */
  after: number;
  /** ISO timestamps; the block's events are filtered by the caller. */
  from?: string;
  to?: string;
  /** Most blocks. */
  limit: number;
}

export interface DroppablePage {
  /** Of chains whose names follow this one's. */
  after?: string;
  /** Most chains. */
  limit: number;
}

/** From the first to the last event. */
export interface DroppableEvents {
  chain: string;
  first: number;
  last: number;
}

/**
 * Where chains are kept for good. Only ever appended to, by any number of processes. Throws `search_unavailable` or
 * `storage_full` where the store does not take or answer, or the signal's reason.
 */
export interface AuditStore {
  /**
   * Durable when it resolves to true, also where it had been written before; false, and nothing written, where another
   * block already follows the same event. Where it throws the block may be there, or come to be: to be sent again as it is.
   */
  append(block: AuditBlock, signal: AbortSignal): Promise<boolean>;
  /**
   * The chain's last event, `undefined` where it has none; `known` is one of its events, from which on it is looked for.
   * May be late by what others write meanwhile.
   */
  findHead(chain: string, known: StoredHead | undefined, signal: AbortSignal): Promise<StoredHead | undefined>;
  /** Blocks in the order of their events: those that hold an event after `after` and within the time. */
  read(chain: string, range: AuditRange, signal: AbortSignal): Promise<StoredBlock[]>;
  /** What of each chain lies in blocks whose last event is older, in the order of the chains' names. */
  findDroppable(before: string, page: DroppablePage, signal: AbortSignal): Promise<DroppableEvents[]>;
  /** Deletes the chain's blocks up to the one that ends with this event, oldest first; returns how many events. */
  drop(chain: string, last: number, signal: AbortSignal): Promise<number>;
  close(): Promise<void>;
}
