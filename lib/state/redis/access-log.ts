import type { Clock } from '#lib/core/clock.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import { faultOf } from './errors.ts';

const every = 60_000;

/** Tells of a credential that the server refuses, at most once a minute. */
export function createAccessLog({ logger, now }: { logger: Logger; now: Clock }): (error: unknown) => void {
  let loggedAt = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (faultOf(error) !== 'no_access' || now() - loggedAt < every) return;
    loggedAt = now();
    logger.error({ event: 'dependency_access_refused', dependency: 'state', error });
  };
}
