import { requirePermission } from '#lib/tenancy/role.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import { listOfOwner } from '#lib/tenancy/verbs/list-of-owner.ts';
import type { ProviderKeyRecord } from '../provider-key-record.ts';
import type { ProviderKeyVerbDeps } from './deps.ts';

/** Sealed, in the order of the providers' ids. Throws `forbidden`, `tenant_mismatch`, `not_found`. */
export const createListProviderKeys =
  (deps: ProviderKeyVerbDeps) =>
  async (actor: Actor, tenantId: TenantId, signal: AbortSignal): Promise<ProviderKeyRecord[]> => {
    requirePermission(actor, 'provider_keys:read');
    const listing = { action: 'provider_key.list', actor, tenantId };
    return listOfOwner(deps, listing, (owner) => deps.providerKeys.list(owner, signal), signal);
  };
