import type { BreakerState } from '#lib/core/circuit-breaker.ts';
import type { Logger } from './logger.ts';
import type { Dependency, Metrics } from './metrics.ts';

/** Tells operators how a dependency is: each state of its breaker as a metric, its loss and its return as one event each. */
export interface DependencyReport {
  state(state: BreakerState): void;
  /** What the next loss is explained with. */
  failure(error: unknown): void;
}

export function createDependencyReport(
  dependency: Dependency,
  { logger, metrics }: { logger: Logger; metrics: Metrics },
): DependencyReport {
  let isDown = false;
  let lastFailure: unknown;
  return {
    state(state) {
      const wasDown = isDown;
      metrics.breaker(dependency, state);
      if (state !== 'half_open') isDown = state === 'open';
      if (isDown && !wasDown) logger.error({ event: 'dependency_down', dependency, error: lastFailure });
      if (wasDown && !isDown) logger.info({ event: 'dependency_up', dependency });
    },
    failure(error) {
      lastFailure = error;
    },
  };
}
