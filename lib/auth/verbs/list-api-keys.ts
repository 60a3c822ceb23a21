import { requirePermission } from '#lib/tenancy/role.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import type { ApiKeyRecord } from '../api-key.ts';
import { requireOwner, type ApiKeyVerbDeps } from './deps.ts';

/** Throws `forbidden`, `tenant_mismatch`, `not_found`. */
export const createListApiKeys =
  (deps: ApiKeyVerbDeps) =>
  async (actor: Actor, tenantId: TenantId, signal: AbortSignal): Promise<ApiKeyRecord[]> => {
    requirePermission(actor, 'keys:read');
    return deps.apiKeys.list(await requireOwner(deps, actor, tenantId, signal), signal);
  };
