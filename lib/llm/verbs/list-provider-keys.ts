import { recordFailure, recordReading } from '#lib/audit/record-reading.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import { requireOwner } from '#lib/tenancy/verbs/deps.ts';
import type { ProviderKeyRecord } from '../provider-key-record.ts';
import type { ProviderKeyVerbDeps } from './deps.ts';

/** Sealed, in the order of the providers' ids. Throws `forbidden`, `tenant_mismatch`, `not_found`. */
export const createListProviderKeys =
  (deps: ProviderKeyVerbDeps) =>
  async (actor: Actor, tenantId: TenantId, signal: AbortSignal): Promise<ProviderKeyRecord[]> => {
    requirePermission(actor, 'provider_keys:read');
    const reading = { audit: deps.audit, actor, signal };
    const action = 'provider_key.list';
    const tenant = await recordFailure({ ...reading, entry: { action, target: tenantId }, isAsked: true }, () =>
      requireOwner(deps, actor, tenantId, signal),
    );
    const entry = { action, target: '*', account: tenant.account };
    return recordReading({ ...reading, entry }, () => deps.providerKeys.list(tenant, signal));
  };
