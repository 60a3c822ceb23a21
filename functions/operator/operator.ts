import { llmEnv, searchEnv } from '#lib/config/variables.ts';
import { createRetrieval, type Retrieval } from '#lib/retrieval/create-retrieval.ts';
import type { TenantRole } from '#lib/tenancy/role.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import { accountOf } from '#lib/tenancy/tenant.ts';
import type { Actor, PlatformActor, TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { toRef, type Owner } from '#lib/tenancy/verbs/deps.ts';
import { createFoundation, foundationEnv, type Foundation } from '../foundation.ts';
import { exitWhenMisconfigured } from './exit-when-misconfigured.ts';
import { loadOperatorEnv } from './load-operator-env.ts';
import { createOperatorActor } from './operator-actor.ts';

/** What the tools of an operator act with: the engines of the environment, as whom its keys can sign for. */
export interface Operator {
  foundation: Foundation;
  retrieval: Retrieval;
  /** Aborts when the tool is interrupted. */
  signal: AbortSignal;
  platform: PlatformActor;
  /** The tenant in the incarnation that it has now. */
  ownerOf(tenantId: TenantId): Promise<Owner>;
  /** As the tenant's administrator, who may read what these groups may. */
  scopeOf(tenantId: TenantId, groups: readonly string[]): Promise<TenantScope>;
  close(): Promise<void>;
}

/** Seconds: a scope outlives the token it was made from. */
const tokenLifetime = 60;

/** Of the tools' own log lines, which would stand between what they print, only the audit trail and errors are written. */
export async function createOperator(tool: string): Promise<Operator> {
  const env = { ...loadOperatorEnv({ ...foundationEnv, ...searchEnv, ...llmEnv }), LOG_LEVEL: 'error' } as const;
  const { foundation, retrieval } = await exitWhenMisconfigured(async () => {
    const made = await createFoundation(env);
    return { foundation: made, retrieval: await createRetrieval(env, made) };
  });
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort()).once('SIGTERM', () => interrupted.abort());
  const { signal } = interrupted;
  const platform = createOperatorActor(tool);

  async function requireScope(token: string): Promise<TenantScope> {
    const actor: Actor = await foundation.http.authenticate(`Bearer ${token}`, platform.origin, signal);
    if (actor.role === 'platform_admin') throw new Error('The token names no tenant');
    return actor;
  }

  return {
    foundation,
    retrieval,
    signal,
    platform,
    async ownerOf(tenantId) {
      const record = await foundation.tenants.find(tenantId, signal);
      if (!record || record.status === 'deleted') throw new Error(`There is no tenant ${tenantId}`);
      return { ...toRef(record), account: accountOf(record) };
    },
    async scopeOf(tenantId, groups) {
      const role: TenantRole = 'tenant_admin';
      const claims = { sub: platform.userId, tenant_id: tenantId, role, groups: [...groups] };
      return requireScope(await foundation.auth.issueToken(claims, tokenLifetime));
    },
    async close() {
      await retrieval.engine.close();
      await foundation.close();
    },
  };
}
