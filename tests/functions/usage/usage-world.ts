import { createUsageApp } from '#functions/usage/app.ts';
import { createReadUsage } from '#lib/usage/read-usage.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { accountOf } from '#lib/tenancy/tenant.ts';
import { createTestPlatform, createToken, type TokenClaims } from '#tests/support/platform.ts';
import { calm } from '#tests/support/scope.ts';
import { createFakeUsageStore } from '#tests/usage/fake-usage-store.ts';

/** The function over a ledger that tests write. Today is 2026-11-26. */
export async function createUsageWorld() {
  const platform = await createTestPlatform();
  const { tenants, checkMention, audit, http } = platform.foundation;
  const usage = createFakeUsageStore();
  const now = () => Date.parse('2026-11-26T12:00:00.000Z');
  const app = createUsageApp({ http, readUsage: createReadUsage({ usage, tenants, checkMention, audit, now }) });

  async function accountFor(name: string): Promise<TenantRef> {
    const id = parseTenantId(name);
    const record = id && ((await tenants.find(id, calm)) ?? (await tenants.create(id, { name, limits: {} }, calm)));
    if (!record) throw new Error(`${name} is no tenant id`);
    return accountOf(record);
  }

  async function get(query: string, claims: TokenClaims = {}, headers: Record<string, string> = {}): Promise<Response> {
    const authorization = `Bearer ${await createToken({ role: 'tenant_admin', ...claims })}`;
    return app.request(`/v1/usage${query}`, { headers: { authorization, ...headers } });
  }
  return { ...platform, usage, accountFor, get };
}

export const platformAdmin: TokenClaims = { role: 'platform_admin', tenant_id: undefined as never };
