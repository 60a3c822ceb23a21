import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import { requireKnown, toRef, type TenantVerbDeps } from '#lib/tenancy/verbs/deps.ts';
import type { TenantProviderKeys } from '../tenant-provider-keys.ts';

export interface ProviderKeyVerbDeps extends TenantVerbDeps {
  providerKeys: TenantProviderKeys;
}

export interface ProviderKeyName {
  tenantId: TenantId;
  provider: string;
}

/** The tenant whose keys are managed: the actor's own, or any where the platform acts. */
export async function requireOwner(
  { tenants, checkMention }: ProviderKeyVerbDeps,
  actor: Actor,
  id: TenantId,
  signal: AbortSignal,
): Promise<TenantRef> {
  checkMention(actor, 'path', id);
  return toRef(await requireKnown(tenants, id, signal));
}
