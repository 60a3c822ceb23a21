import type { ApiKeyStore } from '#lib/auth/api-key-store.ts';
import type { SearchEngine } from '#lib/retrieval/engine.ts';
import { requirePermission } from '../role.ts';
import type { Actor } from '../tenant-scope.ts';
import type { TenantId } from '../tenant-id.ts';
import type { TenantVerbDeps } from './deps.ts';

interface RemoveTenantDeps extends TenantVerbDeps {
  apiKeys: ApiKeyStore;
  engine: SearchEngine;
}

/**
 * Locks the tenant out, destroys what it stored, then forgets it; called again after a failure it
 * goes on. Throws `forbidden`, `not_found`.
 */
export const createRemoveTenant =
  ({ tenants, apiKeys, engine, audit }: RemoveTenantDeps) =>
  async (actor: Actor, id: TenantId, signal: AbortSignal): Promise<void> => {
    requirePermission(actor, 'tenants:delete');
    const { incarnation } = await tenants.update(id, (record) => ({ ...record, status: 'suspended' }), signal);
    const tenant = { tenantId: id, incarnation };
    await apiKeys.removeAll(tenant, signal);
    await engine.drop(tenant, signal);
    await tenants.update(id, (record) => ({ ...record, status: 'deleted' }), signal);
    await audit.record(actor, { action: 'tenant.remove', target: id, tenantId: id });
  };
