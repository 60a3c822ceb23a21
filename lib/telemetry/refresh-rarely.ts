import type { Clock } from '#lib/core/clock.ts';
import type { Metrics } from './metrics.ts';

interface RefreshRarelyDeps {
  metrics: Pick<Metrics, 'beforeExpose'>;
  now: Clock;
}

/** Reads at most so often, in milliseconds: what is read changes within hours. */
const interval = 600_000;
const timeout = 5_000;

/** Keeps metrics of what has to be read somewhere: in the background of an exposition, on no request's way. */
export function refreshRarely({ metrics, now }: RefreshRarelyDeps, read: (signal: AbortSignal) => Promise<void>): void {
  let next = 0;
  metrics.beforeExpose(() => {
    if (now() < next) return;
    next = now() + interval;
    // What can't be read keeps its last value; whoever has to be told of it has an alert of its own.
    read(AbortSignal.timeout(timeout)).catch(() => undefined);
  });
}
