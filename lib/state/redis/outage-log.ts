import { ApiError } from '#lib/core/api-error.ts';
import type { BreakerState } from '#lib/core/circuit-breaker.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import { faultOf } from './errors.ts';

export interface OutageLog {
  state(state: BreakerState): void;
  failure(error: Error): void;
}

const accessEvery = 60_000;

/** One event when the store goes down and one when it is back; a refused credential at most once a minute. */
export function createOutageLog({ logger, now }: { logger: Logger; now: Clock }): OutageLog {
  let isDown = false;
  let lastFailure: unknown;
  let accessLoggedAt = Number.NEGATIVE_INFINITY;

  return {
    state(state) {
      const wasDown = isDown;
      if (state !== 'half_open') isDown = state === 'open';
      if (isDown && !wasDown) logger.error({ event: 'dependency_down', dependency: 'state', error: lastFailure });
      if (wasDown && !isDown) logger.info({ event: 'dependency_up', dependency: 'state' });
    },
    failure(error) {
      lastFailure = error instanceof ApiError ? error.cause : error;
      if (faultOf(lastFailure) !== 'no_access' || now() - accessLoggedAt < accessEvery) return;
      accessLoggedAt = now();
      logger.error({ event: 'dependency_access_refused', dependency: 'state', error: lastFailure });
    },
  };
}
