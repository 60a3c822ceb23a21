import { ApiError } from '#lib/core/api-error.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import { requireOwner } from '#lib/tenancy/verbs/deps.ts';
import type { ProviderKeyName, ProviderKeyVerbDeps } from './deps.ts';

/** Calls of the provider's models are made with the platform's key again. Throws `forbidden`, `tenant_mismatch`, `not_found`. */
export const createRemoveProviderKey =
  (deps: ProviderKeyVerbDeps) =>
  async (actor: Actor, { tenantId, provider }: ProviderKeyName, signal: AbortSignal): Promise<void> => {
    requirePermission(actor, 'provider_keys:write');
    const tenant = await requireOwner(deps, actor, tenantId, signal);
    const remove = async (held: AbortSignal): Promise<void> => {
      if (!(await deps.providerKeys.remove(tenant, provider, held))) throw new ApiError('not_found');
    };
    const change = { action: 'provider_key.remove', target: provider, account: tenant.account };
    await deps.audit.during(actor, change, remove, signal);
  };
