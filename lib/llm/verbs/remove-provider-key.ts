import { ApiError } from '#lib/core/api-error.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import { requireOwner, type ProviderKeyName, type ProviderKeyVerbDeps } from './deps.ts';

/** Calls of the provider's models are made with the platform's key again. Throws `forbidden`, `tenant_mismatch`, `not_found`. */
export const createRemoveProviderKey =
  (deps: ProviderKeyVerbDeps) =>
  async (actor: Actor, { tenantId, provider }: ProviderKeyName, signal: AbortSignal): Promise<void> => {
    requirePermission(actor, 'provider_keys:write');
    const tenant = await requireOwner(deps, actor, tenantId, signal);
    if (!(await deps.providerKeys.remove(tenant, provider, signal))) throw new ApiError('not_found');
    await deps.audit.record(actor, { action: 'provider_key.remove', target: provider, tenantId });
  };
