import { requirePermission } from '../role.ts';
import type { Actor } from '../tenant-scope.ts';
import type { TenantId } from '../tenant-id.ts';
import type { TenantRecord } from '../tenant.ts';
import type { TenantVerbDeps } from './deps.ts';

/** A suspended tenant's credentials open nothing, from the next request on. Throws `forbidden`, `not_found`. */
export const createSetTenantStatus =
  ({ tenants, audit }: TenantVerbDeps) =>
  async (
    actor: Actor,
    { id, status }: { id: TenantId; status: 'active' | 'suspended' },
    signal: AbortSignal,
  ): Promise<TenantRecord> => {
    requirePermission(actor, 'tenants:write');
    const tenant = await tenants.update(id, (record) => ({ ...record, status }), signal);
    await audit.record(actor, {
      action: status === 'active' ? 'tenant.resume' : 'tenant.suspend',
      target: id,
      tenantId: id,
    });
    return tenant;
  };
