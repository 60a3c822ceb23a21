import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import { ApiError } from '#lib/core/api-error.ts';
import type { Clock } from '#lib/core/clock.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { ApiKeyStore } from '../api-key-store.ts';
import type { IssueToken } from '../issue-token.ts';

interface ExchangeTokenDeps {
  apiKeys: ApiKeyStore;
  issueToken: IssueToken;
  audit: AuditTrail;
  now: Clock;
}

export interface AccessToken {
  token: string;
  /** Seconds. */
  expiresIn: number;
}

const lifetime = 900;

/** A short-lived token that may what its API key may, and ends with it. Throws `forbidden` for any other credential. */
export const createExchangeToken =
  ({ apiKeys, issueToken, audit, now }: ExchangeTokenDeps) =>
  async (scope: TenantScope, signal: AbortSignal): Promise<AccessToken> => {
    requirePermission(scope, 'token:issue');
    const { credential, keyId, tenantId, userId, role, groups } = scope;
    const found =
      credential !== 'api_key' || keyId === undefined ? undefined : await apiKeys.find(scope, keyId, signal);
    if (!found) throw new ApiError('forbidden', 'A token is made from an API key');
    const { id, rotation, expires_at } = found;
    const remaining = expires_at === undefined ? lifetime : Math.floor((Date.parse(expires_at) - now()) / 1000);
    const expiresIn = Math.min(lifetime, remaining);
    const key = { id, rotation };
    const token = await issueToken({ sub: userId, tenant_id: tenantId, role, groups: [...groups], key }, expiresIn);
    audit.recordAccess(scope, { action: 'token.issue', target: id });
    return { token, expiresIn };
  };
