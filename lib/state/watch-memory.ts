import type { Clock } from '#lib/core/clock.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import { refreshRarely } from '#lib/telemetry/refresh-rarely.ts';
import type { State } from './state.ts';

interface WatchMemoryDeps {
  state: Pick<State, 'readMemory'>;
  metrics: Pick<Metrics, 'beforeExpose' | 'stateMemory'>;
  now: Clock;
}

/** Tells how full the state store is, before it takes no more. */
export function watchMemory(deps: WatchMemoryDeps): void {
  const { state, metrics } = deps;
  refreshRarely(deps, async (signal) => metrics.stateMemory((await state.readMemory(signal)) ?? 0));
}
