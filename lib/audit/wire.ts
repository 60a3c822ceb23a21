import type { Problem } from '#lib/core/api-error.ts';
import type { ChainVerdict } from './verify-chain.ts';
import type { AuditPage } from './verbs/list-events.ts';

/** The trail as clients see it. */

export const toAuditBody = ({ events, nextCursor }: AuditPage) => ({
  events,
  ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }),
});

export const toVerdictBody = ({ events, checkpoints, unknownCheckpoints, anchored, firstBreak }: ChainVerdict) => ({
  valid: firstBreak === undefined,
  events,
  checkpoints,
  unknown_checkpoints: unknownCheckpoints,
  anchored,
  ...(firstBreak ? { first_break: firstBreak.sequence, reason: firstBreak.reason } : {}),
});

/** The last line of an export that failed. */
export const toErrorLine = (error: Problem) => ({ error });
