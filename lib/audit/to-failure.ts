import { toApiError } from '#lib/core/api-error.ts';
import type { AuditOutcome } from './audit-trail.ts';

/** How what threw this has ended: `aborted` where its signal had, else the problem's code. */
export const toFailure = (error: unknown, signal: AbortSignal): AuditOutcome =>
  signal.aborted ? 'aborted' : toApiError(error).code;
