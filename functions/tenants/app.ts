import type { createCreateApiKey } from '#lib/auth/verbs/create-api-key.ts';
import type { createListApiKeys } from '#lib/auth/verbs/list-api-keys.ts';
import type { createRevokeApiKey } from '#lib/auth/verbs/revoke-api-key.ts';
import type { createRotateApiKey } from '#lib/auth/verbs/rotate-api-key.ts';
import { createActorApi } from '#lib/http/create-api.ts';
import { idempotent } from '#lib/http/idempotent.ts';
import type { HttpKit } from '#lib/http/kit.ts';
import { json, param, query } from '#lib/http/validate.ts';
import { toProviderKeyBody } from '#lib/llm/provider-key-record.ts';
import type { createListProviderKeys } from '#lib/llm/verbs/list-provider-keys.ts';
import type { createRemoveProviderKey } from '#lib/llm/verbs/remove-provider-key.ts';
import type { createSetProviderKey } from '#lib/llm/verbs/set-provider-key.ts';
import type { createCreateTenant } from '#lib/tenancy/verbs/create-tenant.ts';
import type { createEraseTenant } from '#lib/tenancy/verbs/erase-tenant.ts';
import type { createGetTenant } from '#lib/tenancy/verbs/get-tenant.ts';
import type { createListTenants } from '#lib/tenancy/verbs/list-tenants.ts';
import type { createRemoveTenant } from '#lib/tenancy/verbs/remove-tenant.ts';
import type { createSetTenantStatus } from '#lib/tenancy/verbs/set-tenant-status.ts';
import type { createUpdateTenant } from '#lib/tenancy/verbs/update-tenant.ts';
import { toApiKeyBody, toTenantBody } from '#lib/tenancy/wire.ts';
import { CreateTenantRequest, ListQuery, TenantParam, UpdateTenantRequest } from './contract.ts';
import { ApiKeyParam, CreateApiKeyRequest, ProviderKeyParam, SetProviderKeyRequest } from './keys-contract.ts';

export interface TenantsDeps {
  http: HttpKit;
  createTenant: ReturnType<typeof createCreateTenant>;
  getTenant: ReturnType<typeof createGetTenant>;
  listTenants: ReturnType<typeof createListTenants>;
  updateTenant: ReturnType<typeof createUpdateTenant>;
  setTenantStatus: ReturnType<typeof createSetTenantStatus>;
  removeTenant: ReturnType<typeof createRemoveTenant>;
  eraseTenant: ReturnType<typeof createEraseTenant>;
  createApiKey: ReturnType<typeof createCreateApiKey>;
  listApiKeys: ReturnType<typeof createListApiKeys>;
  rotateApiKey: ReturnType<typeof createRotateApiKey>;
  revokeApiKey: ReturnType<typeof createRevokeApiKey>;
  setProviderKey: ReturnType<typeof createSetProviderKey>;
  listProviderKeys: ReturnType<typeof createListProviderKeys>;
  removeProviderKey: ReturnType<typeof createRemoveProviderKey>;
}

const noStore = { 'cache-control': 'no-store' };

export const createTenantsApp = (deps: TenantsDeps) =>
  createActorApi(deps.http, 'tenants')
    .post('/v1/tenants', json(deps.http, CreateTenantRequest), idempotent(deps.http), async (c) =>
      c.json(toTenantBody(await deps.createTenant(c.var.actor, c.req.valid('json'), c.var.signal)), 201),
    )
    .get('/v1/tenants', query(ListQuery), async (c) => {
      const { tenants, nextCursor } = await deps.listTenants(c.var.actor, c.req.valid('query'), c.var.signal);
      return c.json({
        tenants: tenants.map(toTenantBody),
        ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }),
      });
    })
    .get('/v1/tenants/:t', param(TenantParam), async (c) =>
      c.json(toTenantBody(await deps.getTenant(c.var.actor, c.req.valid('param').t, c.var.signal))),
    )
    .patch(
      '/v1/tenants/:t',
      param(TenantParam),
      json(deps.http, UpdateTenantRequest),
      idempotent(deps.http),
      async (c) => {
        const patch = { ...c.req.valid('json'), id: c.req.valid('param').t };
        return c.json(toTenantBody(await deps.updateTenant(c.var.actor, patch, c.var.signal)));
      },
    )
    .delete('/v1/tenants/:t', param(TenantParam), idempotent(deps.http), async (c) => {
      await deps.removeTenant(c.var.actor, c.req.valid('param').t, c.var.signal);
      return c.body(null, 204);
    })
    .post('/v1/tenants/:t/suspend', param(TenantParam), idempotent(deps.http), async (c) => {
      const change = { id: c.req.valid('param').t, status: 'suspended' } as const;
      return c.json(toTenantBody(await deps.setTenantStatus(c.var.actor, change, c.var.signal)));
    })
    .post('/v1/tenants/:t/resume', param(TenantParam), idempotent(deps.http), async (c) => {
      const change = { id: c.req.valid('param').t, status: 'active' } as const;
      return c.json(toTenantBody(await deps.setTenantStatus(c.var.actor, change, c.var.signal)));
    })
    .post('/v1/tenants/:t/erase', param(TenantParam), idempotent(deps.http, { outlivesErasure: true }), async (c) =>
      c.json(await deps.eraseTenant(c.var.actor, c.req.valid('param').t, c.var.signal)),
    )
    .post(
      '/v1/tenants/:t/keys',
      param(TenantParam),
      json(deps.http, CreateApiKeyRequest),
      idempotent(deps.http),
      async (c) => {
        const input = { ...c.req.valid('json'), tenantId: c.req.valid('param').t };
        return c.json(await deps.createApiKey(c.var.actor, input, c.var.signal), 201, noStore);
      },
    )
    .get('/v1/tenants/:t/keys', param(TenantParam), async (c) => {
      const keys = await deps.listApiKeys(c.var.actor, c.req.valid('param').t, c.var.signal);
      return c.json({ keys: keys.map(toApiKeyBody) });
    })
    .post('/v1/tenants/:t/keys/:id/rotate', param(ApiKeyParam), idempotent(deps.http), async (c) => {
      const { t: tenantId, id: keyId } = c.req.valid('param');
      return c.json(await deps.rotateApiKey(c.var.actor, { tenantId, keyId }, c.var.signal), 200, noStore);
    })
    .delete('/v1/tenants/:t/keys/:id', param(ApiKeyParam), idempotent(deps.http), async (c) => {
      const { t: tenantId, id: keyId } = c.req.valid('param');
      await deps.revokeApiKey(c.var.actor, { tenantId, keyId }, c.var.signal);
      return c.body(null, 204);
    })
    .put(
      '/v1/tenants/:t/provider-keys/:provider',
      param(ProviderKeyParam),
      json(deps.http, SetProviderKeyRequest),
      idempotent(deps.http),
      async (c) => {
        const { t: tenantId, provider } = c.req.valid('param');
        const { api_key: apiKey } = c.req.valid('json');
        await deps.setProviderKey(c.var.actor, { tenantId, provider, apiKey }, c.var.signal);
        return c.body(null, 204);
      },
    )
    .get('/v1/tenants/:t/provider-keys', param(TenantParam), async (c) => {
      const keys = await deps.listProviderKeys(c.var.actor, c.req.valid('param').t, c.var.signal);
      return c.json({ provider_keys: keys.map(toProviderKeyBody) });
    })
    .delete('/v1/tenants/:t/provider-keys/:provider', param(ProviderKeyParam), idempotent(deps.http), async (c) => {
      const { t: tenantId, provider } = c.req.valid('param');
      await deps.removeProviderKey(c.var.actor, { tenantId, provider }, c.var.signal);
      return c.body(null, 204);
    });
