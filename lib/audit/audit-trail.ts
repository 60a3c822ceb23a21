import type { Actor } from '#lib/tenancy/tenant-scope.ts';

export interface AuditEntry {
  /** `<object>.<verb>`, for example `document.remove`. */
  action: string;
  /** The id of what was acted on; never its content. */
  target: string;
  /** The tenant acted on, where it is not the actor's own. */
  tenantId?: string;
}

/** Who did what to which object, and when. */
export interface AuditTrail {
  /** Of a mutation, or of a credential that was given out. A verb whose entry can't be written fails. */
  record(actor: Actor, entry: AuditEntry): Promise<void>;
  /** Of a reading, which does not wait for its entry to be written. */
  recordAccess(actor: Actor, entry: AuditEntry): void;
}
