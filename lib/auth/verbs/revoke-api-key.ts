import { ApiError } from '#lib/core/api-error.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import { requireOwner } from '#lib/tenancy/verbs/deps.ts';
import type { ApiKeyVerbDeps } from './deps.ts';

/** The key, and tokens made from it, stop at once. Throws `forbidden`, `tenant_mismatch`, `not_found`. */
export const createRevokeApiKey =
  (deps: ApiKeyVerbDeps) =>
  async (
    actor: Actor,
    { tenantId, keyId }: { tenantId: TenantId; keyId: string },
    signal: AbortSignal,
  ): Promise<void> => {
    requirePermission(actor, 'keys:write');
    const tenant = await requireOwner(deps, actor, tenantId, signal);
    const revoke = async (held: AbortSignal): Promise<void> => {
      if (!(await deps.apiKeys.remove(tenant, keyId, held))) throw new ApiError('not_found');
    };
    const change = { action: 'api_key.revoke', target: keyId, account: tenant.account };
    await deps.audit.during(actor, change, revoke, signal);
  };
