import type { Clock } from '#lib/core/clock.ts';

/** Time as a rollout uses it. */
export interface Timing {
  now: Clock;
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
}

interface Pace {
  /** Milliseconds. */
  every: number;
  atMost: number;
}

/** Tries until there is a value; `undefined` when the time is over. */
export async function poll<T>(
  { now, wait }: Timing,
  { every, atMost }: Pace,
  attempt: () => Promise<T | undefined>,
  signal: AbortSignal,
): Promise<T | undefined> {
  const end = now() + atMost;
  for (;;) {
    const value = await attempt();
    if (value !== undefined || now() >= end) return value;
    await wait(every, signal);
  }
}
