import { ApiError, invalidRequest } from '#lib/core/api-error.ts';
import { toIsoTime } from '#lib/core/clock.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import { requireOwner } from '#lib/tenancy/verbs/deps.ts';
import { formatApiKey, hashSecret, type ApiKeyRecord } from '../api-key.ts';
import { maxApiKeys } from '../api-key-store.ts';
import { toRandomText, type ApiKeyVerbDeps } from './deps.ts';

export type NewApiKey = Pick<ApiKeyRecord, 'name' | 'role' | 'groups' | 'expires_at' | 'budget'> & {
  tenantId: TenantId;
};

/** The key itself is given out once and not kept. Throws `forbidden`, `tenant_mismatch`, `not_found`, `conflict` at 500 keys, `invalid_request` for one that has expired. */
export const createCreateApiKey =
  (deps: ApiKeyVerbDeps) =>
  async (
    actor: Actor,
    { tenantId, ...settings }: NewApiKey,
    signal: AbortSignal,
  ): Promise<{ id: string; key: string }> => {
    requirePermission(actor, 'keys:write');
    const { apiKeys, audit, now, randomBytes } = deps;
    if (settings.expires_at !== undefined && Date.parse(settings.expires_at) <= now()) {
      throw invalidRequest('expires_at', 'must lie ahead');
    }
    const tenant = await requireOwner(deps, actor, tenantId, signal);
    const existing = await apiKeys.list(tenant, signal);
    if (existing.length >= maxApiKeys) throw new ApiError('conflict', `A tenant may have at most ${maxApiKeys} keys`);
    const id = toRandomText(randomBytes(9));
    const secret = toRandomText(randomBytes(32));
    const record: ApiKeyRecord = {
      ...settings,
      id,
      hash: hashSecret(secret),
      rotation: 0,
      created_at: toIsoTime(now()),
    };
    const change = { action: 'api_key.create', target: id, account: tenant.account };
    await audit.during(actor, change, (held) => apiKeys.save(tenant, record, 0, held), signal);
    return { id, key: formatApiKey({ tenantId, keyId: id, secret }) };
  };
