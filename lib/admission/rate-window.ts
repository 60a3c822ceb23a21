import type { RateStanding } from './admission-store.ts';

export const stepMilliseconds = 500;
/** A step more than a minute has, the current one being counted from its beginning: in no 60 s is there more than the limit. */
export const windowSteps = 121;

export interface StepCount {
  step: number;
  count: number;
}

/** What counts at a moment. */
export interface RateWindow {
  /** What happens now is counted here. */
  step: number;
  /** In the order of their steps. */
  counts: readonly StepCount[];
  total: number;
}

/** A clock that was set back stands still for as long. */
export function toRateWindow(stored: readonly StepCount[], now: number): RateWindow {
  const step = Math.max(Math.floor(now / stepMilliseconds), stored.at(-1)?.step ?? 0);
  const counts = stored.filter((each) => each.step > step - windowSteps && each.count > 0);
  return { step, counts, total: counts.reduce((sum, { count }) => sum + count, 0) };
}

/** Until what was counted in the step counts no more. */
const untilGone = (step: number, now: number): number => (step + windowSteps) * stepMilliseconds - now;

/** Until so much of what counts will count no more; all of it, where it is less. */
export function untilLess({ counts }: RateWindow, excess: number, now: number): number {
  let sum = 0;
  for (const { step, count } of counts) {
    sum += count;
    if (sum >= excess) return untilGone(step, now);
  }
  return windowSteps * stepMilliseconds;
}

/** `added` is what is counted on top, now. */
export function toStanding(
  { counts, step, total }: RateWindow,
  limit: number,
  added: number,
  now: number,
): RateStanding {
  const first = counts[0]?.step ?? (added > 0 ? step : undefined);
  return {
    limit,
    remaining: Math.max(0, limit - total - added),
    resetMilliseconds: first === undefined ? 0 : untilGone(first, now),
  };
}
