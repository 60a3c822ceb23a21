import { createTenantScope, type ScopeClaims, type TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { createUsageMeter } from '#lib/usage/usage-meter.ts';

/** A scope as `authenticate` makes it, for tests that start below HTTP. */
export function createScope(tenant: string, claims: Partial<Omit<ScopeClaims, 'tenantId'>> = {}): TenantScope {
  const tenantId = parseTenantId(tenant);
  if (!tenantId) throw new Error(`${tenant} is no tenant id`);
  return createTenantScope({
    incarnation: 'first',
    userId: 'user-1',
    role: 'member',
    groups: [],
    keyId: undefined,
    credential: 'token',
    origin: { requestId: 'request-1', ip: undefined, traceId: undefined },
    signingKey: new Uint8Array(32).fill(tenant.length),
    retrieval: undefined,
    cache: undefined,
    guardrails: undefined,
    telemetry: undefined,
    account: { tenantId, incarnation: 'account-first' },
    limits: {},
    budgets: { tenant: undefined, key: undefined },
    models: undefined,
    usage: createUsageMeter(),
    ...claims,
    tenantId,
  });
}

/** Never aborts. */
export const calm: AbortSignal = new AbortController().signal;
