import { requirePermission } from '#lib/tenancy/role.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import { listOfOwner } from '#lib/tenancy/verbs/list-of-owner.ts';
import type { ApiKeyRecord } from '../api-key.ts';
import type { ApiKeyVerbDeps } from './deps.ts';

/** Throws `forbidden`, `tenant_mismatch`, `not_found`. */
export const createListApiKeys =
  (deps: ApiKeyVerbDeps) =>
  async (actor: Actor, tenantId: TenantId, signal: AbortSignal): Promise<ApiKeyRecord[]> => {
    requirePermission(actor, 'keys:read');
    const listing = { action: 'api_key.list', actor, tenantId };
    return listOfOwner(deps, listing, (owner) => deps.apiKeys.list(owner, signal), signal);
  };
