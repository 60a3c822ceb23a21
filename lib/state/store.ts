import type { StateCollection, StateKey, TenantRef } from '#lib/tenancy/state-key.ts';

export interface StateRecord {
  value: string;
  /** Grows by one with every write of the key, from 1. */
  version: number;
}

export interface ListedRecord extends StateRecord {
  id: string;
}

export interface PutOptions {
  /** Write only if the key is at this version; 0 stands for a key that does not exist. */
  ifVersion?: number;
  /** Seconds after which the record is gone. Without it the record stays. */
  ttlSeconds?: number;
}

/**
 * Small records that all pods share. Every call on one record is atomic; a returned write is durable
 * and seen by every later call. Throws `state_unavailable` where the store does not answer and `storage_full`
 * where it has no room, or the signal's reason.
 */
export interface StateStore {
  get(key: StateKey, signal: AbortSignal): Promise<StateRecord | undefined>;
  /** False when `ifVersion` does not hold; nothing is written then. */
  put(key: StateKey, value: string, options: PutOptions, signal: AbortSignal): Promise<boolean>;
  /** True when there was a record. */
  delete(key: StateKey, signal: AbortSignal): Promise<boolean>;
  /** Up to `limit` records of the collection in code point order of their ids, those after `after`. */
  list(
    collection: StateCollection,
    page: { after?: string; limit: number },
    signal: AbortSignal,
  ): Promise<ListedRecord[]>;
  /** Deletes every record of the collection and returns how many there were. */
  clear(collection: StateCollection, signal: AbortSignal): Promise<number>;
  /** Deletes every record of the tenant's incarnation, whatever its collection, and returns how many there were. */
  clearTenant(tenant: TenantRef, signal: AbortSignal): Promise<number>;
  close(): Promise<void>;
}
