import type { BreakerState } from '#lib/core/circuit-breaker.ts';

/** Tells each change of a breaker's state. One that has been open for its time is half-open, though nobody may call any more. */
export function createBreakerReport(
  tell: (state: BreakerState) => void,
  openMilliseconds: number,
): (state: BreakerState) => void {
  let reported: BreakerState | undefined;
  let reopening: NodeJS.Timeout | undefined;
  return function report(state) {
    if (state !== reported) tell(state);
    reported = state;
    clearTimeout(reopening);
    if (state === 'open') reopening = setTimeout(report, openMilliseconds, 'half_open').unref();
  };
}
