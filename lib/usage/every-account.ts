import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import type { TenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import { accountOf } from '#lib/tenancy/tenant.ts';

export interface TenantAccount {
  tenantId: TenantId;
  account: TenantRef;
}

const pageSize = 100;

/** The accounts of all tenants in the order of their ids. One that was deleted has none left. */
export async function* everyAccount(
  tenants: Pick<TenantRegistry, 'list'>,
  signal: AbortSignal,
): AsyncGenerator<TenantAccount> {
  let after: string | undefined;
  for (;;) {
    const page = await tenants.list({ limit: pageSize, ...(after === undefined ? {} : { after }) }, signal);
    for (const record of page) yield { tenantId: record.id, account: accountOf(record) };
    after = page.at(-1)?.id;
    if (page.length < pageSize) return;
  }
}
