import { LRUCache } from 'lru-cache';
import { ApiError } from '#lib/core/api-error.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { StateCollection, StateKey } from '#lib/tenancy/state-key.ts';
import type { StateStore } from './store.ts';

export interface VersionedRecord<Value> {
  record: Value;
  version: number;
}

/** Records that every request needs, kept for a moment, and through an outage of the store. */
export interface CachedRecords<Value> {
  /**
   * The record as it was at most half a second ago, own changes included; while the store does not answer,
   * as it was up to 15 minutes ago. What is not known then is not missing: it throws `state_unavailable`.
   */
  recent(key: StateKey, signal: AbortSignal): Promise<VersionedRecord<Value> | undefined>;
  /** The record as it is in the store: what a change starts from. */
  latest(key: StateKey, signal: AbortSignal): Promise<VersionedRecord<Value> | undefined>;
  /** False when the record is not at `version` any more; 0 stands for a new one. */
  write(key: StateKey, record: Value, version: number, signal: AbortSignal): Promise<boolean>;
  remove(key: StateKey, signal: AbortSignal): Promise<boolean>;
  removeAll(collection: StateCollection, signal: AbortSignal): Promise<number>;
}

interface CachedRecordsDeps<Value> {
  store: StateStore;
  parse: (value: string) => Value;
  now: Clock;
}

interface Entry<Value> extends VersionedRecord<Value> {
  value: string;
  /** When the store was asked. */
  readAt: number;
}

const freshFor = 500;
/** The life of a token made from an API key: an outage lets nobody in for longer than that token would. */
const staleFor = 15 * 60 * 1_000;
const maxRecords = 1_000;

const isUnavailable = (error: unknown): boolean => error instanceof ApiError && error.code === 'state_unavailable';

export function createCachedRecords<Value>({ store, parse, now }: CachedRecordsDeps<Value>): CachedRecords<Value> {
  const entries = new LRUCache<string, Entry<Value>>({ max: maxRecords });
  let writes = 0;

  /** A clock that was set back makes nothing fresh. */
  function isYounger(entry: Entry<Value> | undefined, milliseconds: number): entry is Entry<Value> {
    const age = entry ? now() - entry.readAt : -1;
    return age >= 0 && age < milliseconds;
  }

  async function latest(key: StateKey, signal: AbortSignal): Promise<VersionedRecord<Value> | undefined> {
    const readAt = now();
    const writesBefore = writes;
    const stored = await store.get(key, signal);
    if (!stored) {
      entries.delete(key);
      return undefined;
    }
    const { value, version } = stored;
    const known = entries.get(key);
    // Parsing is the larger part of a look-up; a record that did not change is parsed once.
    const record = known?.value === value ? known.record : parse(value);
    // What was read while something was written may be from before.
    if (writes === writesBefore) entries.set(key, { record, version, value, readAt });
    return { record, version };
  }

  return {
    latest,
    async recent(key, signal) {
      const known = entries.get(key);
      if (isYounger(known, freshFor)) return known;
      try {
        return await latest(key, signal);
      } catch (error) {
        const kept = entries.get(key);
        if (isUnavailable(error) && isYounger(kept, staleFor)) return kept;
        throw error;
      }
    },
    async write(key, record, version, signal) {
      const readAt = now();
      const value = JSON.stringify(record);
      const isWritten = await store.put(key, value, { ifVersion: version }, signal);
      writes += 1;
      if (isWritten) entries.set(key, { record: parse(value), version: version + 1, value, readAt });
      else entries.delete(key);
      return isWritten;
    },
    async remove(key, signal) {
      const isRemoved = await store.delete(key, signal);
      writes += 1;
      entries.delete(key);
      return isRemoved;
    },
    async removeAll(collection, signal) {
      const removed = await store.clear(collection, signal);
      writes += 1;
      const known = [...entries.keys()].filter((key) => key.startsWith(collection.prefix));
      for (const key of known) entries.delete(key);
      return removed;
    },
  };
}
