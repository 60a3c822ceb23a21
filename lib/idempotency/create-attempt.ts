import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Origin } from '#lib/tenancy/tenant-scope.ts';
import { maxAnswerLength, type Attempt, type KeptAnswer } from './idempotency.ts';
import type { Place } from './place.ts';
import type { IdempotencyRecord } from './record.ts';
import type { Seal } from './seal.ts';

interface AttemptDeps {
  place: Pick<Place, 'conclude' | 'renewPulse' | 'endPulse'>;
  seal: Seal;
  attemptId: string;
  fingerprint: string;
  origin: Origin;
  logger: Logger;
  renewMilliseconds: number;
  /** The pulse is not renewed for longer, whatever becomes of the request. */
  maxMilliseconds: number;
}

/** The client may be gone by then: its signal ends nothing here. */
const writeMilliseconds = 2_000;
/** Before each further try: a request whose answer is lost is carried out again. */
const pausesMilliseconds = [50, 150, 400, 800];
/** What the store takes and gives back within what a call of it may take. */
const maxSealedLength = 256 * 1024;

async function persist(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (const pause of pausesMilliseconds) {
    try {
      return await work();
    } catch {
      await wait(pause, undefined, { signal });
    }
  }
  return work();
}

/** Has its pulse renewed until it has come to something, or its process is gone. */
export function createAttempt(deps: AttemptDeps): Omit<Attempt, 'callId'> {
  const { place, seal, attemptId, fingerprint, origin, logger, renewMilliseconds, maxMilliseconds } = deps;
  let isOver = false;

  /** The request goes on without what could not be written. */
  async function attend(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
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
  const limit = setTimeout(() => clearInterval(renewal), maxMilliseconds).unref();

  async function end(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (isOver) return;
    isOver = true;
    await attend(work);
    clearInterval(renewal);
    clearTimeout(limit);
  }

  async function toRecord(answer: KeptAnswer | undefined): Promise<IdempotencyRecord> {
    if (answer === undefined || answer.body.length > maxAnswerLength) return { state: 'unkept', fingerprint };
    const sealed = await seal.close(JSON.stringify(answer));
    if (sealed.length > maxSealedLength) return { state: 'unkept', fingerprint };
    return { state: 'answered', fingerprint, answer: sealed };
  }

  return {
    keep: (answer) =>
      end(async (signal) => {
        const record = await toRecord(answer);
        await persist(() => place.conclude(attemptId, record, signal), signal);
      }),
    free: () =>
      end((signal) =>
        persist(async () => {
          await place.conclude(attemptId, { state: 'free' }, signal);
          await place.endPulse(attemptId, signal);
        }, signal),
      ),
  };
}
