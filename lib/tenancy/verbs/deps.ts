import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import { ApiError } from '#lib/core/api-error.ts';
import type { TenantRef } from '../state-key.ts';
import type { CheckMention } from '../tenant-mention.ts';
import type { TenantId } from '../tenant-id.ts';
import type { TenantRegistry } from '../tenant-registry.ts';
import type { TenantRecord } from '../tenant.ts';

export interface TenantVerbDeps {
  tenants: TenantRegistry;
  audit: AuditTrail;
  checkMention: CheckMention;
}

/** Throws `not_found` for a tenant that was deleted or never was. */
export async function requireKnown(tenants: TenantRegistry, id: TenantId, signal: AbortSignal): Promise<TenantRecord> {
  const tenant = await tenants.find(id, signal);
  if (!tenant || tenant.status === 'deleted') throw new ApiError('not_found');
  return tenant;
}

export const toRef = ({ id, incarnation }: TenantRecord): TenantRef => ({ tenantId: id, incarnation });

/** For changes that belong to one incarnation. Throws `conflict` where the name has another by now. */
export function requireIncarnation(record: Pick<TenantRecord, 'incarnation'>, { incarnation }: TenantRef): void {
  if (record.incarnation !== incarnation) throw new ApiError('conflict', 'The tenant is being changed by others');
}
