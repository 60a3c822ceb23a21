import type { AuditEntry } from '#lib/audit/audit-trail.ts';
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
}

/** What is kept of a reading of the trail, in the chain that is read. Throws `tenant_mismatch`, `not_found`. */
export const createFindEntry =
  ({ tenants, checkMention }: FindEntryDeps) =>
  async (actor: Actor, action: string, tenantId: TenantId | undefined, signal: AbortSignal): Promise<AuditEntry> => {
    checkMention(actor, 'query', tenantId);
    const entry = { action, target: '*' };
    if (actor.role !== 'platform_admin' || tenantId === undefined) return entry;
    const record = await tenants.find(tenantId, signal);
    if (!record) throw new ApiError('not_found');
    return { ...entry, account: accountOf(record) };
  };

export type FindEntry = ReturnType<typeof createFindEntry>;
