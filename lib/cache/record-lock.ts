import { setTimeout as wait } from 'node:timers/promises';
import type { StateStore } from '#lib/state/store.ts';
import type { StateKey } from '#lib/tenancy/state-key.ts';
import { unlessAway } from './unless-away.ts';

export interface HeldLock {
  /** Never throws. */
  release(): Promise<void>;
}

/**
 * Lets one of all processes do what the others then need not do. It saves work and guards nothing: one that loses its lock
 * goes on, and where the store does not answer everyone has it.
 */
export interface RecordLock {
  /** `undefined` where another has it. Throws the signal's reason. */
  take(key: StateKey, signal: AbortSignal): Promise<HeldLock | undefined>;
}

interface RecordLockDeps {
  store: Pick<StateStore, 'put' | 'delete'>;
  /** After which the lock of a process that is gone is free. */
  ttlSeconds?: number;
}

const ttlDefault = 10;
const callMilliseconds = 1_000;
const free: HeldLock = { release: async () => undefined };

export function createRecordLock({ store, ttlSeconds = ttlDefault }: RecordLockDeps): RecordLock {
  /** False once it is another's, or nobody's. */
  const write = (key: StateKey, ifVersion: number, signal: AbortSignal) =>
    store.put(key, '', { ifVersion, ttlSeconds }, signal);

  /** Ends with the signal, or when the lock is lost. */
  async function renew(key: StateKey, signal: AbortSignal): Promise<void> {
    let version = 1;
    while (!signal.aborted) {
      await wait(ttlSeconds * 300, undefined, { signal, ref: false });
      const limited = AbortSignal.any([signal, AbortSignal.timeout(callMilliseconds)]);
      if ((await unlessAway(write(key, version, limited))) !== true) return;
      version += 1;
    }
  }

  return {
    async take(key, signal) {
      const isTaken = await unlessAway(write(key, 0, signal));
      if (isTaken === undefined) return free;
      if (!isTaken) return undefined;
      const released = new AbortController();
      const renewing = renew(key, released.signal).then(
        () => false,
        () => released.signal.aborted,
      );
      return {
        async release() {
          released.abort();
          if (await renewing) await store.delete(key, AbortSignal.timeout(callMilliseconds)).catch(() => undefined);
        },
      };
    },
  };
}
