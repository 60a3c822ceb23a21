import type { FairGate } from '#lib/core/fair-gate.ts';
import type { AuditStore } from '#lib/audit/audit-store.ts';
import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import type { FindEntry } from './find-entry.ts';

export interface AuditVerbDeps {
  store: Pick<AuditStore, 'read'>;
  findEntry: FindEntry;
  audit: Pick<AuditTrail, 'recordAccess'>;
  /** Reading long chains takes the store's time, and this process's. */
  gate: FairGate;
}
