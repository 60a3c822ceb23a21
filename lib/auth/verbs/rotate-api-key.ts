import { ApiError } from '#lib/core/api-error.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import { requireOwner } from '#lib/tenancy/verbs/deps.ts';
import { formatApiKey, hashSecret } from '../api-key.ts';
import { toRandomText, type ApiKeyVerbDeps } from './deps.ts';

/** A new secret under the same id; the old one, and tokens made from it, stop at once. Throws `forbidden`, `tenant_mismatch`, `not_found`, `conflict`. */
export const createRotateApiKey =
  (deps: ApiKeyVerbDeps) =>
  async (
    actor: Actor,
    { tenantId, keyId }: { tenantId: TenantId; keyId: string },
    signal: AbortSignal,
  ): Promise<{ id: string; key: string }> => {
    requirePermission(actor, 'keys:write');
    const { apiKeys, audit, randomBytes } = deps;
    const tenant = await requireOwner(deps, actor, tenantId, signal);
    const found = await apiKeys.findLatest(tenant, keyId, signal);
    if (!found) throw new ApiError('not_found');
    const { record, version } = found;
    const secret = toRandomText(randomBytes(32));
    const rotated = { ...record, hash: hashSecret(secret), rotation: record.rotation + 1 };
    const rotate = async (held: AbortSignal): Promise<void> => {
      if (!(await apiKeys.save(tenant, rotated, version, held)))
        throw new ApiError('conflict', 'The key is being changed by others');
    };
    await audit.during(actor, { action: 'api_key.rotate', target: keyId, account: tenant.account }, rotate, signal);
    return { id: keyId, key: formatApiKey({ tenantId, keyId, secret }) };
  };
