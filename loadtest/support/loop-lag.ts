import { monitorEventLoopDelay } from 'node:perf_hooks';

const resolution = 5;

/** By how many milliseconds the 99th of a hundred timers of this process is late, since the function was called last. */
export function watchLoopLag(): () => number {
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  return () => {
    const milliseconds = delay.percentile(99) / 1e6;
    delay.reset();
    return Math.max(0, milliseconds - resolution);
  };
}
