import type { AuditActor, AuditTrail } from '#lib/audit/audit-trail.ts';
import { ApiError } from '#lib/core/api-error.ts';
import type { Clock } from '#lib/core/clock.ts';
import { createTenantScope, type Actor, type Origin, type ScopeClaims } from '#lib/tenancy/tenant-scope.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import type { TenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import { accountOf, type TenantRecord } from '#lib/tenancy/tenant.ts';
import { createUsageMeter } from '#lib/usage/usage-meter.ts';
import { apiKeyPrefix, isSecretOf, parseApiKey, type ApiKeyRecord } from './api-key.ts';
import type { ApiKeyStore } from './api-key-store.ts';
import type { NoteKeyUse } from './expiring-keys.ts';
import type { TenantClaims } from './token-claims.ts';
import type { VerifyToken } from './verify-token.ts';

interface AuthenticateDeps {
  verifyToken: VerifyToken;
  tenants: TenantRegistry;
  apiKeys: ApiKeyStore;
  noteKeyUse: NoteKeyUse;
  /** Register a tenant on its first valid token. */
  autoCreate: boolean;
  audit: Pick<AuditTrail, 'during'>;
  now: Clock;
}

/**
 * Turns the value of an `Authorization` header into who acts. Throws `unauthenticated` for every bad
 * credential alike, `tenant_unknown`, `tenant_suspended`, `auth_unavailable`, `state_unavailable`, and what the trail
 * throws where a tenant is registered.
 */
export type Authenticate = (authorization: string | undefined, origin: Origin, signal: AbortSignal) => Promise<Actor>;

const refuse = (): never => {
  throw new ApiError('unauthenticated', undefined, { headers: { 'www-authenticate': 'Bearer' } });
};

export function createAuthenticate(deps: AuthenticateDeps): Authenticate {
  const { verifyToken, tenants, apiKeys, noteKeyUse, autoCreate, audit, now } = deps;

  /** In the platform's chain, as any tenant's creation: whoever calls is nobody inside a tenant yet. */
  async function register(id: TenantId, caller: AuditActor, signal: AbortSignal): Promise<TenantRecord> {
    const create = (held: AbortSignal) => tenants.create(id, { name: id, limits: {} }, held);
    try {
      return await audit.during(caller, { action: 'tenant.create', target: id }, create, signal);
    } catch (error) {
      const existing = await tenants.find(id, signal);
      if (existing?.status === 'active') return existing;
      throw error;
    }
  }

  async function requireTenant(id: TenantId, caller: AuditActor, signal: AbortSignal): Promise<TenantRecord> {
    const tenant = (await tenants.find(id, signal)) ?? (autoCreate ? await register(id, caller, signal) : undefined);
    if (!tenant || tenant.status === 'deleted') throw new ApiError('tenant_unknown');
    if (tenant.status === 'suspended') throw new ApiError('tenant_suspended');
    return tenant;
  }

  const isUsable = (record: ApiKeyRecord) => record.expires_at === undefined || Date.parse(record.expires_at) > now();

  async function fromApiKey(text: string, origin: Origin, signal: AbortSignal): Promise<Actor> {
    const key = parseApiKey(text) ?? refuse();
    const tenant = await tenants.find(key.tenantId, signal);
    // A deleted tenant has no keys any more.
    const found = tenant && (await apiKeys.find(toRef(tenant), key.keyId, signal));
    if (!tenant || !found || !isSecretOf(found, key.secret) || !isUsable(found)) return refuse();
    if (tenant.status === 'suspended') throw new ApiError('tenant_suspended');
    noteKeyUse(tenant.id, found);
    const { id, role, groups } = found;
    return toScope(tenant, found, { credential: 'api_key', userId: `key:${id}`, role, groups, origin });
  }

  /** A token made from an API key ends with it and with its rotation; keys end with the tenant's incarnation. */
  async function findKey(
    tenant: TenantRecord,
    { key }: TenantClaims,
    signal: AbortSignal,
  ): Promise<ApiKeyRecord | undefined> {
    if (!key) return undefined;
    const found = await apiKeys.find(toRef(tenant), key.id, signal);
    if (!found || found.rotation !== key.rotation || !isUsable(found)) return refuse();
    noteKeyUse(tenant.id, found);
    return found;
  }

  async function fromToken(token: string, origin: Origin, signal: AbortSignal): Promise<Actor> {
    const claims = (await verifyToken(token)) ?? refuse();
    const { sub: userId } = claims;
    if (claims.role === 'platform_admin') return { role: claims.role, tenantId: undefined, userId, origin };
    const tenant = await requireTenant(claims.tenant_id, { userId, origin }, signal);
    // Zero for a name that is in its first incarnation: only then a token need not say how old it is.
    if ((claims.iat ?? 0) < tenant.tokens_not_before) refuse();
    return toScope(tenant, await findKey(tenant, claims, signal), {
      credential: 'token',
      userId,
      role: claims.role,
      groups: claims.groups,
      origin,
    });
  }

  return async (authorization, origin, signal) => {
    const credential = /^Bearer +([^\s]+)$/i.exec(authorization ?? '')?.[1] ?? refuse();
    return credential.startsWith(apiKeyPrefix)
      ? fromApiKey(credential, origin, signal)
      : fromToken(credential, origin, signal);
  };
}

const toRef = ({ id, incarnation }: TenantRecord) => ({ tenantId: id, incarnation });

const toScope = (
  tenant: TenantRecord,
  key: ApiKeyRecord | undefined,
  who: Pick<ScopeClaims, 'credential' | 'userId' | 'role' | 'groups' | 'origin'>,
) =>
  createTenantScope({
    ...who,
    ...toRef(tenant),
    keyId: key?.id,
    signingKey: Buffer.from(tenant.signing_key, 'base64url'),
    retrieval: tenant.retrieval,
    cache: tenant.cache,
    guardrails: tenant.guardrails,
    telemetry: tenant.telemetry,
    account: accountOf(tenant),
    limits: tenant.limits,
    budgets: { tenant: tenant.budget, key: key?.budget },
    models: tenant.models,
    usage: createUsageMeter(),
  });
