import { ApiError } from '#lib/core/api-error.ts';
import { requirePermission } from '../role.ts';
import type { Actor } from '../tenant-scope.ts';
import type { TenantId } from '../tenant-id.ts';
import { accountOf, type TenantRecord } from '../tenant.ts';
import { requireKnown, type TenantVerbDeps } from './deps.ts';

type Status = 'active' | 'suspended';

/** A tenant that is being erased stays locked out until that is done, and gets its status then. */
function apply(record: TenantRecord, status: Status): TenantRecord {
  const { erasure } = record;
  if (!erasure) return { ...record, status };
  if (status === 'active') throw new ApiError('conflict', 'The tenant is being erased; erase it again to go on');
  return { ...record, erasure: { ...erasure, resume: status } };
}

/** A suspended tenant's credentials open nothing, from the next request on. Throws `forbidden`, `not_found`, `conflict`. */
export const createSetTenantStatus =
  ({ tenants, audit }: TenantVerbDeps) =>
  async (
    actor: Actor,
    { id, status }: { id: TenantId; status: Status },
    signal: AbortSignal,
  ): Promise<TenantRecord> => {
    requirePermission(actor, 'tenants:write');
    const account = accountOf(await requireKnown(tenants, id, signal));
    const action = status === 'active' ? 'tenant.resume' : 'tenant.suspend';
    const set = (held: AbortSignal) => tenants.update(id, (record) => apply(record, status), held);
    return audit.during(actor, { action, target: id, account }, set, signal);
  };
