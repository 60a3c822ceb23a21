import type { Actor } from '#lib/tenancy/tenant-scope.ts';

export interface AuditEntry {
  /** `<object>.<verb>`, for example `document.remove`. */
  action: string;
  /** The id of what was acted on; never its content. */
  target: string;
  /** The tenant acted on, where it is not the actor's own. */
  tenantId?: string;
}

/** Who did what to which object, and when. A verb whose entry can't be written fails. */
export interface AuditTrail {
  record(actor: Actor, entry: AuditEntry): Promise<void>;
}
