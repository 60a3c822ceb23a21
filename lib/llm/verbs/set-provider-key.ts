import { requirePermission } from '#lib/tenancy/role.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import { requireOwner, type ProviderKeyName, type ProviderKeyVerbDeps } from './deps.ts';

/** From now on the tenant's calls of the provider's models are made with this key. Throws `forbidden`, `tenant_mismatch`, `not_found`, `conflict`. */
export const createSetProviderKey =
  (deps: ProviderKeyVerbDeps) =>
  async (
    actor: Actor,
    { tenantId, provider, apiKey }: ProviderKeyName & { apiKey: string },
    signal: AbortSignal,
  ): Promise<void> => {
    requirePermission(actor, 'provider_keys:write');
    const tenant = await requireOwner(deps, actor, tenantId, signal);
    await deps.providerKeys.save(tenant, provider, apiKey, signal);
    await deps.audit.record(actor, { action: 'provider_key.set', target: provider, tenantId });
  };
