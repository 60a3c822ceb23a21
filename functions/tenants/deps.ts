import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { createCreateApiKey } from '#lib/auth/verbs/create-api-key.ts';
import { createListApiKeys } from '#lib/auth/verbs/list-api-keys.ts';
import { createRevokeApiKey } from '#lib/auth/verbs/revoke-api-key.ts';
import { createRotateApiKey } from '#lib/auth/verbs/rotate-api-key.ts';
import type { TenantProviderKeys } from '#lib/llm/tenant-provider-keys.ts';
import { createListProviderKeys } from '#lib/llm/verbs/list-provider-keys.ts';
import { createRemoveProviderKey } from '#lib/llm/verbs/remove-provider-key.ts';
import { createSetProviderKey } from '#lib/llm/verbs/set-provider-key.ts';
import type { Retrieval } from '#lib/retrieval/create-retrieval.ts';
import { createCreateTenant } from '#lib/tenancy/verbs/create-tenant.ts';
import { createEraseTenant } from '#lib/tenancy/verbs/erase-tenant.ts';
import { createGetTenant } from '#lib/tenancy/verbs/get-tenant.ts';
import { createListTenants } from '#lib/tenancy/verbs/list-tenants.ts';
import { createRemoveTenant } from '#lib/tenancy/verbs/remove-tenant.ts';
import { createSetTenantStatus } from '#lib/tenancy/verbs/set-tenant-status.ts';
import { createUpdateTenant } from '#lib/tenancy/verbs/update-tenant.ts';
import type { Foundation } from '../foundation.ts';
import type { TenantsDeps } from './app.ts';

export function createTenantsDeps(
  foundation: Foundation,
  { engine }: Retrieval,
  providerKeys: TenantProviderKeys,
): TenantsDeps {
  const deps = {
    ...foundation,
    accounts: foundation.state.admission,
    engine,
    providerKeys,
    now: Date.now,
    randomBytes,
  };
  return {
    http: foundation.http,
    createTenant: createCreateTenant(deps),
    getTenant: createGetTenant(deps),
    listTenants: createListTenants(deps),
    updateTenant: createUpdateTenant(deps),
    setTenantStatus: createSetTenantStatus(deps),
    removeTenant: createRemoveTenant(deps),
    eraseTenant: createEraseTenant({
      ...deps,
      signReceipt: foundation.auth.signReceipt,
      wait: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
    }),
    createApiKey: createCreateApiKey(deps),
    listApiKeys: createListApiKeys(deps),
    rotateApiKey: createRotateApiKey(deps),
    revokeApiKey: createRevokeApiKey(deps),
    setProviderKey: createSetProviderKey(deps),
    listProviderKeys: createListProviderKeys(deps),
    removeProviderKey: createRemoveProviderKey(deps),
  };
}
