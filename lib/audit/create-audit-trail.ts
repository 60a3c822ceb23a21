import type { Clock } from '#lib/core/clock.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { AuditTrail } from './audit-trail.ts';
import { createChainWriters, type ChainWritersDeps } from './chain-writers.ts';
import { createMutationEvents } from './mutation-events.ts';
import { toFailure } from './to-failure.ts';
import { toChain, toPendingEvent } from './to-pending-event.ts';
import { toLogLine } from './to-log-line.ts';

interface AuditTrailDeps extends Omit<ChainWritersDeps, 'writeMilliseconds'> {
  logger: Logger;
  now: Clock;
  /** Longest that a mutation waits for each of its two events. */
  writeMilliseconds?: number;
  /** For which the end of the process is held up. */
  closeMilliseconds?: number;
}

const writeDefault = 5_000;
const closeDefault = 5_000;
const nothing = () => undefined;

/** A trail that has to be ended with its process. */
interface ClosableTrail extends AuditTrail {
  /** Writes what waits; what can't be written is lost, and told of. */
  close(): Promise<void>;
  /** Tells of what waits as lost. */
  giveUp(): void;
}

/** The trail whose events are kept in a store, and are lines of the log as well. */
export function createAuditTrail(deps: AuditTrailDeps): ClosableTrail {
  const { logger, now, writeMilliseconds = writeDefault, closeMilliseconds = closeDefault } = deps;
  const writers = createChainWriters({ ...deps, writeMilliseconds });
  const { begin, end } = createMutationEvents({ writers, logger, now, writeMilliseconds });

  return {
    async during(actor, given, act, signal) {
      const changes = [given].flat();
      if (changes.length === 0) return act(signal);
      signal.throwIfAborted();
      const intents = await begin(actor, changes, (error) => toFailure(error, signal), signal);
      const result = await Promise.try(act, signal).catch(async (error: unknown) => {
        // What has failed is told, whether its outcome could be written or not.
        await end(actor, intents, () => toFailure(error, signal)).catch(nothing);
        throw error;
      });
      await end(actor, intents, ({ toOutcome }) => toOutcome?.(result) ?? 'success');
      return result;
    },
    recordAccess(actor, entry, outcome = 'success') {
      const event = toPendingEvent(actor, entry, { outcome, at: now() });
      logger.info(toLogLine(actor, event));
      writers.addWhereRoom(toChain(actor, entry), {
        event,
        isUrgent: false,
        isWanted: () => true,
        onWritten: nothing,
        onFailed: nothing,
      });
    },
    close: () => writers.close(closeMilliseconds),
    giveUp: writers.giveUp,
  };
}
