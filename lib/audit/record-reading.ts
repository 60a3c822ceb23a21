import type { Parts } from '#lib/core/parts.ts';
import { watchStart } from '#lib/core/watch-start.ts';
import { toAskedTarget } from './asked-target.ts';
import type { AuditActor, AuditEntry, AuditOutcome, AuditTrail } from './audit-trail.ts';
import { isForbidden } from './forbidden.ts';
import { toFailure } from './to-failure.ts';

/** Of whom, of what, and until when. */
export interface Reading {
  audit: Pick<AuditTrail, 'recordAccess'>;
  actor: AuditActor;
  entry: AuditEntry;
  signal: AbortSignal;
  /** The target is the client's, and an id of something only once it was found. */
  isAsked?: true;
}

/** Whoever asks too often is turned away before anything is read, and must not fill the trail. */
const isTurnedAway = (outcome: AuditOutcome): boolean =>
  outcome === 'rate_limited' || outcome === 'concurrency_limited';

function recordError({ audit, actor, entry, signal, isAsked }: Reading, error: unknown): void {
  const outcome = toFailure(error, signal);
  if (isForbidden(outcome) || isTurnedAway(outcome)) return;
  const target = isAsked ? toAskedTarget(entry.target) : entry.target;
  audit.recordAccess(actor, { ...entry, target }, outcome);
}

/** Records the reading where it fails. Throws what `read` throws. */
export async function recordFailure<Result>(reading: Reading, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    recordError(reading, error);
    throw error;
  }
}

/** Records how the reading ended. Throws what `read` throws. */
export async function recordReading<Result>(reading: Reading, read: () => Promise<Result>): Promise<Result> {
  const result = await recordFailure(reading, read);
  reading.audit.recordAccess(reading.actor, reading.entry);
  return result;
}

/** Records a reading of many parts once its first is there: what comes after is no other reading. Throws what `parts` throw. */
export const recordStream = <Part>(reading: Reading, parts: AsyncIterable<Part>): Parts<Part> =>
  watchStart(parts, (next, letGo) => {
    letGo();
    return recordReading(reading, next);
  });
