import type { Logger } from '#lib/telemetry/logger.ts';
import type { Origin } from '#lib/tenancy/tenant-scope.ts';
import { maxAnswerLength, type Attempt, type KeptAnswer } from './idempotency.ts';
import type { Place } from './place.ts';
import type { IdempotencyRecord } from './record.ts';
import type { Seal } from './seal.ts';

interface AttemptDeps {
  place: Pick<Place, 'write' | 'renewPulse'>;
  seal: Seal;
  attemptId: string;
  callId: string;
  fingerprint: string;
  /** Of the record that says that the attempt is under way. */
  version: number;
  origin: Origin;
  logger: Logger;
  renewMilliseconds: number;
}

/** The client may be gone by then: its signal ends nothing here. */
const writeMilliseconds = 2_000;
/** What the store takes and gives back within what a call of it may take. */
const maxSealedLength = 256 * 1024;

/** Has a pulse until it has come to something, or its process is gone. */
export function createAttempt(deps: AttemptDeps): Attempt {
  const { place, seal, attemptId, callId, fingerprint, version, origin, logger, renewMilliseconds } = deps;
  let isOver = false;

  /** The request goes on without what could not be written. */
  async function attend(work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    try {
      await work(AbortSignal.timeout(writeMilliseconds));
    } catch (error) {
      logger.warn({ event: 'idempotency_not_recorded', request_id: origin.requestId, error });
    }
  }

  const renewal = setInterval(
    () => void attend((signal) => place.renewPulse(attemptId, signal)),
    renewMilliseconds,
  ).unref();

  async function end(become: () => Promise<IdempotencyRecord>): Promise<void> {
    if (isOver) return;
    isOver = true;
    await attend(async (signal) => place.write(await become(), version, signal));
    clearInterval(renewal);
  }

  async function toRecord(answer: KeptAnswer | undefined): Promise<IdempotencyRecord> {
    if (answer === undefined || answer.body.length > maxAnswerLength) return { state: 'unkept', fingerprint };
    const sealed = await seal.close(JSON.stringify(answer));
    if (sealed.length > maxSealedLength) return { state: 'unkept', fingerprint };
    return { state: 'answered', fingerprint, answer: sealed };
  }

  return {
    callId,
    keep: (answer) => end(() => toRecord(answer)),
    free: () => end(async () => ({ state: 'free' })),
  };
}
