import type { Timing } from '#lib/rollout/timing.ts';

/** Time that passes only while somebody waits, at once. */
export function createQuickTiming(): Timing {
  let time = 0;
  return {
    now: () => time,
    async wait(milliseconds, signal) {
      signal.throwIfAborted();
      time += milliseconds;
    },
  };
}
