import type { StateStore } from '#lib/state/store.ts';
import type { Owner } from './owner.ts';
import { parseRecord, type IdempotencyRecord } from './record.ts';

interface PlaceDeps {
  store: StateStore;
  owner: Pick<Owner, 'records' | 'pulses'>;
  id: string;
  pulseSeconds: number;
}

/** Where the record of one key lies, and the pulses of those that try its request. Throws as `StateStore` does. */
export interface Place {
  read(signal: AbortSignal): Promise<{ record: IdempotencyRecord; version: number } | undefined>;
  /** False where the record is not at `version` any more; 0 stands for none. */
  write(record: IdempotencyRecord, version: number, signal: AbortSignal): Promise<boolean>;
  /** Writes what the attempt has come to, unless it has been written already or the key is another one's by now. */
  conclude(attemptId: string, record: IdempotencyRecord, signal: AbortSignal): Promise<void>;
  startPulse(attemptId: string, signal: AbortSignal): Promise<void>;
  /** A pulse that was erased with all else of its tenant does not come back. */
  renewPulse(attemptId: string, signal: AbortSignal): Promise<void>;
  endPulse(attemptId: string, signal: AbortSignal): Promise<void>;
  hasPulse(attemptId: string, signal: AbortSignal): Promise<boolean>;
}

/** From the answer on. */
const keptSeconds = 24 * 60 * 60;
/** Versions begin anew when a record is gone: it stays for longer than anyone takes to write after having read. */
const freeSeconds = 60;

export function createPlace({ store, owner, id, pulseSeconds: ttlSeconds }: PlaceDeps): Place {
  const { pulses } = owner;
  const key = owner.records.key(id);
  const read: Place['read'] = async (signal) => {
    const stored = await store.get(key, signal);
    return stored && { record: parseRecord(stored.value), version: stored.version };
  };

  const write: Place['write'] = (record, ifVersion, signal) => {
    const lifetime = record.state === 'free' ? freeSeconds : keptSeconds;
    return store.put(key, JSON.stringify(record), { ifVersion, ttlSeconds: lifetime }, signal);
  };

  return {
    read,
    write,
    async conclude(attemptId, record, signal) {
      const found = await read(signal);
      if (found?.record.state !== 'running' || found.record.attempt_id !== attemptId) return;
      await write(record, found.version, signal);
    },
    async startPulse(attemptId, signal) {
      await store.put(pulses.key(attemptId), '', { ttlSeconds }, signal);
    },
    async renewPulse(attemptId, signal) {
      const pulse = await store.get(pulses.key(attemptId), signal);
      if (pulse) await store.put(pulses.key(attemptId), '', { ifVersion: pulse.version, ttlSeconds }, signal);
    },
    async endPulse(attemptId, signal) {
      await store.delete(pulses.key(attemptId), signal);
    },
    hasPulse: async (attemptId, signal) => (await store.get(pulses.key(attemptId), signal)) !== undefined,
  };
}
