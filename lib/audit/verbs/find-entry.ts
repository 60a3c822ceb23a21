import type { AuditEntry, AuditTrail } from '#lib/audit/audit-trail.ts';
import { recordFailure } from '#lib/audit/record-reading.ts';
import type { TimeRange } from '#lib/audit/time-range.ts';
import { ApiError } from '#lib/core/api-error.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import type { CheckMention } from '#lib/tenancy/tenant-mention.ts';
import type { TenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import { accountOf } from '#lib/tenancy/tenant.ts';

export interface AuditQuestion extends TimeRange {
  /** Whose chain, where the platform asks; `undefined` for the platform's own. */
  tenantId: TenantId | undefined;
}

interface FindEntryDeps {
  tenants: Pick<TenantRegistry, 'find'>;
  checkMention: CheckMention;
  audit: Pick<AuditTrail, 'recordAccess'>;
}

/** What is kept of a reading of what a tenant, or the platform, has done, in the chain of whom it is about. Throws `tenant_mismatch`, `not_found`. */
export const createFindEntry =
  ({ tenants, checkMention, audit }: FindEntryDeps) =>
  async (actor: Actor, action: string, tenantId: TenantId | undefined, signal: AbortSignal): Promise<AuditEntry> => {
    checkMention(actor, 'query', tenantId);
    const entry = { action, target: '*' };
    if (actor.role !== 'platform_admin' || tenantId === undefined) return entry;
    const unknown = { action, target: tenantId };
    const record = await recordFailure({ audit, actor, entry: unknown, signal, isAsked: true }, async () => {
      const found = await tenants.find(tenantId, signal);
      if (!found) throw new ApiError('not_found');
      return found;
    });
    return { ...entry, account: accountOf(record) };
  };

export type FindEntry = ReturnType<typeof createFindEntry>;
