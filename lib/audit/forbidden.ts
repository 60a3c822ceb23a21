import type { AuditOutcome } from './audit-trail.ts';

/** What is in the trail as `request.refuse`, whatever it was that was refused. */
export const isForbidden = (outcome: AuditOutcome): boolean => outcome === 'forbidden' || outcome === 'tenant_mismatch';
