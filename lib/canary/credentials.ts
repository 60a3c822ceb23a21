import * as v from 'valibot';
import type { IssueToken } from '#lib/auth/issue-token.ts';
import { toIsoTime, type Clock } from '#lib/core/clock.ts';
import type { TenantRole } from '#lib/tenancy/role.ts';
import { TenantIdSchema } from '#lib/tenancy/tenant-id.ts';
import { canaryGroup } from './canary.ts';
import type { Send } from './client.ts';

export interface TenantCredential {
  token: string;
  /** Nobody can use it any more, where it would not end by itself at once. */
  revoke(signal: AbortSignal): Promise<void>;
}

/** By which the probe acts as the platform's administrator and as one of each tenant's. */
export interface Credentials {
  admin: string;
  openTenant(tenantId: string, signal: AbortSignal): Promise<TenantCredential>;
}

/** For a key whose run was killed. */
const keyMilliseconds = 3_600_000;
const NewKey = v.object({ id: v.string(), key: v.string() });

/** Who may ask for the most. */
const role: TenantRole = 'tenant_admin';
const groups = [canaryGroup];

/** With tokens that end by themselves. */
export async function createTokenCredentials(issueToken: IssueToken, seconds: number): Promise<Credentials> {
  const sub = 'leak-canary';
  return {
    admin: await issueToken({ sub, role: 'platform_admin' }, seconds),
    async openTenant(tenantId) {
      const claims = { sub, tenant_id: v.parse(TenantIdSchema, tenantId), role, groups };
      return { token: await issueToken(claims, seconds), revoke: async () => undefined };
    },
  };
}

/** Where tokens can't be signed: with API keys that the platform's administrator makes. */
export function createKeyCredentials(admin: string, { send, now }: { send: Send; now: Clock }): Credentials {
  return {
    admin,
    async openTenant(tenantId, signal) {
      const path = `/v1/tenants/${tenantId}/keys`;
      const json = {
        name: 'leak-canary',
        role,
        groups,
        expires_at: toIsoTime(now() + keyMilliseconds),
      };
      const { status, body } = await send({ method: 'POST', path, token: admin, json }, signal);
      if (status !== 201) throw new Error(`POST ${path} was answered with ${status}`);
      const { id, key } = v.parse(v.pipe(v.string(), v.parseJson(), NewKey), body);
      return {
        token: key,
        async revoke(until) {
          const answer = await send({ method: 'DELETE', path: `${path}/${id}`, token: admin }, until);
          if (answer.status !== 204) throw new Error(`DELETE ${path}/${id} was answered with ${answer.status}`);
        },
      };
    },
  };
}
