import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import type { TenantVerbDeps } from '#lib/tenancy/verbs/deps.ts';
import type { TenantProviderKeys } from '../tenant-provider-keys.ts';

export interface ProviderKeyVerbDeps extends TenantVerbDeps {
  providerKeys: TenantProviderKeys;
}

export interface ProviderKeyName {
  tenantId: TenantId;
  provider: string;
}
