import * as v from 'valibot';
import { abortable, withTimeout } from '#lib/core/abort.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { StateStore } from '#lib/state/store.ts';
import { platformCollection } from '#lib/tenancy/state-key.ts';

/** What all pods know of a dependency's outage. While the store is away none is known. */
export interface SharedOutage {
  /** `free`: there is none. `probe`: it may be over, and this call is the only one that finds out. */
  enter(signal: AbortSignal): Promise<'free' | 'probe' | 'refused'>;
  /** It begins, or goes on. */
  open(): void;
  /** It is over. */
  close(): void;
  /** The call of the `probe` has told nothing. */
  release(): void;
}

interface SharedOutageDeps {
  store: Pick<StateStore, 'get' | 'put' | 'delete'>;
  now: Clock;
  name: string;
  milliseconds: number;
}

const readEvery = 1_000;
const budget = 75;
/** Nobody who calls the dependency would be left to say that it is back. */
const recordSeconds = 60;
/** Longer than a first word may take. */
const probeSeconds = 20;

const Until = v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number));

/** In the background: whoever met the outage does not wait for others to know. */
const write = (change: (signal: AbortSignal) => Promise<unknown>): void =>
  void change(AbortSignal.timeout(budget)).catch(() => undefined);

export function createSharedOutage({ store, now, name, milliseconds }: SharedOutageDeps): SharedOutage {
  const key = platformCollection('breaker').key(name);
  const probeKey = platformCollection('breaker-probe').key(name);
  let until: number | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  let changes = 0;
  let hasRead = false;

  async function load(): Promise<void> {
    const before = changes;
    readAt = now();
    const limit = AbortSignal.timeout(budget);
    const stored = await abortable(store.get(key, limit), limit).catch(() => undefined);
    const parsed = v.safeParse(Until, stored?.value);
    if (before === changes) until = parsed.success ? parsed.output : undefined;
    hasRead = true;
  }

  async function refresh(signal: AbortSignal): Promise<void> {
    const age = now() - readAt;
    if (age < 0 || age >= readEvery) reading ??= load().finally(() => (reading = undefined));
    if (!hasRead && reading) await abortable(reading, signal);
  }

  /** Further away than any outage is written for is one whose clock was set. */
  const isUnderWay = (): boolean => until !== undefined && until > now() && until <= now() + milliseconds;

  /** Whoever has the claim looks again: the outage may have been found to be over, or to go on, since it was read. */
  async function claim(signal: AbortSignal): Promise<'free' | 'probe' | 'refused'> {
    const limit = withTimeout(signal, budget);
    const options = { ifVersion: 0, ttlSeconds: probeSeconds };
    if (!(await abortable(store.put(probeKey, '', options, limit), limit))) return 'refused';
    await abortable(load(), signal);
    if (until !== undefined && !isUnderWay()) return 'probe';
    release();
    return until === undefined ? 'free' : 'refused';
  }

  const release = () => write((signal) => store.delete(probeKey, signal));

  return {
    async enter(signal) {
      await refresh(signal);
      if (until === undefined) return 'free';
      if (isUnderWay()) return 'refused';
      try {
        return await claim(signal);
      } catch {
        signal.throwIfAborted();
        return 'free';
      }
    },
    open() {
      changes += 1;
      const end = now() + milliseconds;
      until = end;
      write(async (signal) => {
        await store.put(key, String(end), { ttlSeconds: recordSeconds }, signal);
        await store.delete(probeKey, signal);
      });
    },
    close() {
      changes += 1;
      until = undefined;
      write(async (signal) => {
        await store.delete(key, signal);
        await store.delete(probeKey, signal);
      });
    },
    release,
  };
}
