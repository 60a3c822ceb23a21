import { monitorEventLoopDelay, type ELDHistogram } from 'node:perf_hooks';
import type { Instruments } from './instruments.ts';

const loopResolutionMilliseconds = 20;

/** The measured time holds that of the timer. */
const toLag = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - loopResolutionMilliseconds / 1e3);

/**
 * Of prom-client's defaults, by their names, the few that say whether a pod is young, busy, large or stuck. Gives what is to
 * be called before each exposition: with the first one the event loop begins to be watched, so that no start pays for it.
 */
export function createProcessMetrics({ count, gauge }: Instruments): () => void {
  const started = gauge('process_start_time_seconds', 'When the process began');
  const cpu = count('process_cpu_seconds_total', 'Processor time that the process has used', []);
  const memory = gauge('process_resident_memory_bytes', 'Memory that the process holds');
  const heap = gauge('nodejs_heap_size_used_bytes', 'Memory of JavaScript objects');
  const lag = gauge('nodejs_eventloop_lag_p99_seconds', 'How late the event loop was, since it was last asked: p99');
  const maxLag = gauge(
    'nodejs_eventloop_lag_max_seconds',
    'How late the event loop was, since it was last asked: most',
  );
  let counted = 0;
  let delay: ELDHistogram | undefined;
  started.set(performance.timeOrigin / 1000);

  function readLag(watched: ELDHistogram): void {
    lag.set(toLag(watched.percentile(99)));
    maxLag.set(toLag(watched.max));
    watched.reset();
  }

  return () => {
    const { user, system } = process.cpuUsage();
    const used = (user + system) / 1e6;
    cpu.inc(used - counted);
    counted = used;
    const { rss, heapUsed } = process.memoryUsage();
    memory.set(rss);
    heap.set(heapUsed);
    if (delay) readLag(delay);
    else {
      delay = monitorEventLoopDelay({ resolution: loopResolutionMilliseconds });
      delay.enable();
    }
  };
}
