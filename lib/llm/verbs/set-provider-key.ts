import { requirePermission } from '#lib/tenancy/role.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import { requireOwner } from '#lib/tenancy/verbs/deps.ts';
import type { ProviderKeyName, ProviderKeyVerbDeps } from './deps.ts';

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
    const set = (held: AbortSignal) => deps.providerKeys.save(tenant, provider, apiKey, held);
    await deps.audit.during(
      actor,
      { action: 'provider_key.set', target: provider, account: tenant.account },
      set,
      signal,
    );
  };
