import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import { ApiError } from '#lib/core/api-error.ts';
import type { TenantRef } from '../state-key.ts';
import type { CheckMention } from '../tenant-mention.ts';
import type { TenantId } from '../tenant-id.ts';
import type { Actor } from '../tenant-scope.ts';
import type { TenantRegistry } from '../tenant-registry.ts';
import { accountOf, type TenantRecord } from '../tenant.ts';

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

/** A tenant by what it stores, and by the account that its audit trail goes by. */
export interface Owner extends TenantRef {
  readonly account: TenantRef;
}

/**
 * The tenant whose keys are managed: the actor's own, or any where the platform acts. Throws `tenant_mismatch`, `not_found`.
 */
export async function requireOwner(
  { tenants, checkMention }: Pick<TenantVerbDeps, 'tenants' | 'checkMention'>,
  actor: Actor,
  id: TenantId,
  signal: AbortSignal,
): Promise<Owner> {
  checkMention(actor, 'path', id);
  const record = await requireKnown(tenants, id, signal);
  return { ...toRef(record), account: accountOf(record) };
}

/** For changes that belong to one incarnation. Throws `conflict` where the name has another by now. */
export function requireIncarnation(record: Pick<TenantRecord, 'incarnation'>, { incarnation }: TenantRef): void {
  if (record.incarnation !== incarnation) throw new ApiError('conflict', 'The tenant is being changed by others');
}
