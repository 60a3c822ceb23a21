import { recordFailure, recordReading } from '#lib/audit/record-reading.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import { requireOwner } from '#lib/tenancy/verbs/deps.ts';
import type { ApiKeyRecord } from '../api-key.ts';
import type { ApiKeyVerbDeps } from './deps.ts';

/** Throws `forbidden`, `tenant_mismatch`, `not_found`. */
export const createListApiKeys =
  (deps: ApiKeyVerbDeps) =>
  async (actor: Actor, tenantId: TenantId, signal: AbortSignal): Promise<ApiKeyRecord[]> => {
    requirePermission(actor, 'keys:read');
    const reading = { audit: deps.audit, actor, signal };
    const action = 'api_key.list';
    const tenant = await recordFailure({ ...reading, entry: { action, target: tenantId }, isAsked: true }, () =>
      requireOwner(deps, actor, tenantId, signal),
    );
    const entry = { action, target: '*', account: tenant.account };
    return recordReading({ ...reading, entry }, () => deps.apiKeys.list(tenant, signal));
  };
