import { abortable, withTimeout } from '#lib/core/abort.ts';
import { ApiError } from '#lib/core/api-error.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { PendingEvent } from './audit-event.ts';
import type { AuditActor, AuditEntry, AuditOutcome } from './audit-trail.ts';
import type { ChainWriters } from './chain-writers.ts';
import type { WaitingEvent } from './waiting-event.ts';
import { toLogLine } from './to-log-line.ts';
import { toChain, toPendingEvent } from './to-pending-event.ts';

/** A change that is known to be meant. */
export interface Intent<Change extends AuditEntry> {
  change: Change;
  sequence: number;
}

/** What stands before a mutation and after it. */
export interface MutationEvents {
  /** Resolves when all intents are durable. Throws the store's error or the signal's reason, of which `toOutcome` is told. */
  begin<Change extends AuditEntry>(
    actor: AuditActor,
    changes: readonly Change[],
    toOutcome: (error: unknown) => AuditOutcome,
    signal: AbortSignal,
  ): Promise<Intent<Change>[]>;
  /** Resolves when all outcomes are durable, whether the client waits or not. Throws the store's error. */
  end<Change extends AuditEntry>(
    actor: AuditActor,
    intents: readonly Intent<Change>[],
    toOutcome: (change: Change) => AuditOutcome,
  ): Promise<void>;
}

interface MutationEventsDeps {
  writers: Pick<ChainWriters, 'add'>;
  logger: Logger;
  now: Clock;
  writeMilliseconds: number;
}

interface OutcomeFacts {
  outcome: AuditOutcome;
  intent: number;
}

const ignore = () => undefined;

const toStoreError = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError('search_unavailable', undefined, { cause: error, retryAfter: 5 });

export function createMutationEvents({ writers, logger, now, writeMilliseconds }: MutationEventsDeps): MutationEvents {
  /** Resolves with its sequence when it is durable, however late. */
  const write = (chain: string, event: PendingEvent, how: Pick<WaitingEvent, 'isWanted' | 'onFailed'>) =>
    new Promise<number>((onWritten) => writers.add(chain, { event, isUrgent: true, onWritten, ...how }));

  const toEvent = (actor: AuditActor, entry: AuditEntry, facts: OutcomeFacts | { outcome: AuditOutcome | 'begun' }) =>
    toPendingEvent(actor, entry, { ...facts, at: now() });

  return {
    async begin(actor, changes, toOutcome, signal) {
      let refusal: AuditOutcome | undefined;
      const failed = Promise.withResolvers<never>();
      const how = { isWanted: () => refusal === undefined, onFailed: failed.reject };
      const intents = changes.map(async (change) => {
        const event = toEvent(actor, change, { outcome: 'begun' });
        const sequence = await write(toChain(actor, change), event, how);
        logger.info(toLogLine(actor, event, sequence));
        return { change, sequence };
      });
      try {
        const all = Promise.race([failed.promise, Promise.all(intents)]);
        return await abortable(all, withTimeout(signal, writeMilliseconds));
      } catch (thrown) {
        const error = signal.aborted ? thrown : toStoreError(thrown);
        const outcome = toOutcome(error);
        refusal = outcome;
        for (const change of changes) logger.info(toLogLine(actor, toEvent(actor, change, { outcome })));
        // An intent that is in the chain all the same, or comes to be, has not been carried out.
        for (const intent of intents) {
          void intent.then(({ change, sequence }) => {
            const event = toEvent(actor, change, { outcome, intent: sequence });
            return write(toChain(actor, change), event, { isWanted: () => true, onFailed: ignore });
          });
        }
        throw error;
      } finally {
        logger.flush();
      }
    },
    async end(actor, intents, toOutcome) {
      let failure: unknown;
      const onFailed = (error: unknown) => (failure = error);
      const outcomes = intents.map(({ change, sequence }) => {
        const event = toEvent(actor, change, { outcome: toOutcome(change), intent: sequence });
        logger.info(toLogLine(actor, event));
        return write(toChain(actor, change), event, { isWanted: () => true, onFailed });
      });
      logger.flush();
      try {
        await abortable(Promise.all(outcomes), AbortSignal.timeout(writeMilliseconds));
      } catch (error) {
        throw toStoreError(failure ?? error);
      }
    },
  };
}
