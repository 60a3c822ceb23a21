import * as v from 'valibot';
import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { longestRequest } from '#lib/core/time-limit.ts';
import { together } from '#lib/core/together.ts';
import type { StateStore } from '#lib/state/store.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import { createAttempt } from './create-attempt.ts';
import { KeptAnswerSchema, type Idempotency, type KeptAnswer } from './idempotency.ts';
import { toOwner } from './owner.ts';
import { createPlace, type Place } from './place.ts';
import type { IdempotencyRecord } from './record.ts';
import { createSeal, type Seal } from './seal.ts';

interface IdempotencyDeps {
  store: StateStore;
  audit: Pick<AuditTrail, 'recordAccess'>;
  logger: Logger;
  randomId: () => string;
  /** An attempt without a pulse for so long is taken for lost with its process. */
  pulseSeconds?: number;
  renewMilliseconds?: number;
  /** No pulse is renewed for longer: the longest request, and the time to keep its answer. */
  maxMilliseconds?: number;
}

/** What is known of the key's request. */
interface Earlier {
  record: IdempotencyRecord | undefined;
  fingerprint: string;
  place: Place;
  seal: Seal;
}

/** The store itself gives up far earlier. */
const writeMilliseconds = 2_000;

const isRunning = (): ApiError =>
  new ApiError('conflict', 'A request with this idempotency key is running', { retryAfter: 1 });

export function createIdempotency(deps: IdempotencyDeps): Idempotency {
  const { store, audit, logger, randomId, pulseSeconds = 30, renewMilliseconds = 10_000 } = deps;
  const { maxMilliseconds = longestRequest + 15_000 } = deps;

  /** The call that the request is to be paid as, or the answer that it had. */
  async function resume(
    { record, fingerprint, place, seal }: Earlier,
    signal: AbortSignal,
  ): Promise<{ callId: string } | { answer: KeptAnswer }> {
    if (!record || record.state === 'free') return { callId: randomId() };
    if (record.fingerprint !== fingerprint) throw new ApiError('idempotency_conflict');
    if (record.state === 'unkept') throw new ApiError('conflict', 'The answer to this request was too long to be kept');
    if (record.state === 'answered')
      return { answer: v.parse(KeptAnswerSchema, JSON.parse(await seal.open(record.answer))) };
    if (await place.hasPulse(record.attempt_id, signal)) throw isRunning();
    return { callId: record.call_id };
  }

  return async (actor, { key, target, content, outlivesErasure }, signal) => {
    const owner = toOwner(actor, outlivesErasure);
    const seal = createSeal(key, owner);
    const place = createPlace({ store, owner, id: seal.id, pulseSeconds });
    const fingerprint = seal.fingerprint(`${target}\n${content}`);
    const attemptId = randomId();
    // The pulse is there before the record: nobody takes an attempt that begins for one that was lost.
    const [found] = await together(signal, place.read, (inner: AbortSignal) => place.startPulse(attemptId, inner));
    const { origin } = actor;
    const timing = { renewMilliseconds, maxMilliseconds };
    const attempt = createAttempt({ place, seal, attemptId, fingerprint, origin, logger, ...timing });
    let hasBegun = false;
    try {
      const resumed = await resume({ record: found?.record, fingerprint, place, seal }, signal);
      if ('answer' in resumed) {
        audit.recordAccess(actor, { action: 'answer.replay', target });
        return resumed;
      }
      const { callId } = resumed;
      const running: IdempotencyRecord = { state: 'running', fingerprint, call_id: callId, attempt_id: attemptId };
      // Not left with the client: what was written is known then, and taken back.
      const isWritten = await place.write(running, found?.version ?? 0, AbortSignal.timeout(writeMilliseconds));
      if (!isWritten) throw isRunning();
      signal.throwIfAborted();
      hasBegun = true;
      return { attempt: { callId, ...attempt } };
    } finally {
      // Nobody waits for it: the store may be away.
      if (!hasBegun) void attempt.free();
    }
  };
}
