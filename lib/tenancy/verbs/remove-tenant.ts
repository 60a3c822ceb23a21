import type { AdmissionStore } from '#lib/admission/admission-store.ts';
import type { ApiKeyStore } from '#lib/auth/api-key-store.ts';
import { createDestroyData, type DestroyDataDeps } from '../destroy-data.ts';
import { requirePermission } from '../role.ts';
import type { Actor } from '../tenant-scope.ts';
import type { TenantId } from '../tenant-id.ts';
import { accountOf, type TenantRecord } from '../tenant.ts';
import { requireIncarnation, requireKnown, toRef, type TenantVerbDeps } from './deps.ts';

interface RemoveTenantDeps extends TenantVerbDeps, DestroyDataDeps {
  apiKeys: Pick<ApiKeyStore, 'removeAll'>;
  accounts: Pick<AdmissionStore, 'forget'>;
}

/**
 * Locks the tenant out, destroys what it stored, then forgets it and what it has spent; called again after a failure it
 * goes on. Its audit trail stays, which holds nothing of what it stored. Throws `forbidden`, `not_found`, `conflict`.
 */
export function createRemoveTenant(deps: RemoveTenantDeps) {
  const { tenants, apiKeys, accounts, audit } = deps;
  const destroyData = createDestroyData(deps);

  async function remove(id: TenantId, signal: AbortSignal): Promise<void> {
    const locked = await tenants.update(id, (record) => ({ ...record, status: 'suspended' }), signal);
    const tenant = toRef(locked);
    // Also out of what this process remembers of them.
    await apiKeys.removeAll(tenant, signal);
    await destroyData(tenant, signal);
    await accounts.forget(accountOf(locked), signal);
    const bury = (record: TenantRecord): TenantRecord => {
      requireIncarnation(record, tenant);
      return { ...record, status: 'deleted' };
    };
    await tenants.update(id, bury, signal);
  }

  return async (actor: Actor, id: TenantId, signal: AbortSignal): Promise<void> => {
    requirePermission(actor, 'tenants:delete');
    const account = accountOf(await requireKnown(tenants, id, signal));
    const change = { action: 'tenant.remove', target: id, account };
    await audit.during(actor, change, (held) => remove(id, held), signal);
  };
}
