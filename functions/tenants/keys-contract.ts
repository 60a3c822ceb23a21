import * as v from 'valibot';
import { GroupsSchema } from '#lib/auth/api-key.ts';
import { defineRoute } from '#lib/http/contract.ts';
import { ProviderIdSchema } from '#lib/llm/provider-key-record.ts';
import { TenantRoleSchema } from '#lib/tenancy/role.ts';
import { BudgetSchema } from '#lib/tenancy/tenant.ts';
import { TenantParam } from './contract.ts';

export const ApiKeyParam = v.object({
  ...TenantParam.entries,
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{12}$/)),
});
export const ProviderKeyParam = v.object({ ...TenantParam.entries, provider: ProviderIdSchema });

export const CreateApiKeyRequest = v.strictObject({
  name: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200)),
  role: TenantRoleSchema,
  groups: v.optional(GroupsSchema, []),
  expires_at: v.optional(v.pipe(v.string(), v.isoTimestamp('must be an ISO 8601 time with its zone'))),
  budget: v.optional(BudgetSchema),
});

/** Messages of their own: the usual ones repeat what was given. */
export const SetProviderKeyRequest = v.strictObject({
  api_key: v.pipe(
    v.string('must be a text'),
    v.regex(/^[\x21-\x7e]{8,4096}$/, 'must be 8 to 4096 characters of ASCII without spaces'),
  ),
});

export const NewApiKeyResponse = v.strictObject({ id: v.string(), key: v.string() });
const ApiKeyResponse = v.strictObject({
  id: v.string(),
  name: v.string(),
  role: TenantRoleSchema,
  groups: v.array(v.string()),
  budget: v.optional(BudgetSchema),
  created_at: v.pipe(v.string(), v.isoTimestamp()),
  expires_at: v.optional(v.string()),
});
const ApiKeysResponse = v.strictObject({ keys: v.array(ApiKeyResponse) });
const ProviderKeysResponse = v.strictObject({
  provider_keys: v.array(
    v.strictObject({ provider: v.string(), created_at: v.pipe(v.string(), v.isoTimestamp()), hint: v.string() }),
  ),
});

/** Of the keys that a tenant gives out, and of those that it has of providers. */
export const keyRoutes = [
  defineRoute({
    method: 'post',
    path: '/v1/tenants/:t/keys',
    operation: 'createApiKey',
    summary: 'Create an API key; it is shown this once',
    access: { permission: 'keys:write', within: 'named-tenant' },
    param: TenantParam,
    json: CreateApiKeyRequest,
    responses: { 201: { description: 'The key', schema: NewApiKeyResponse } },
    isIdempotent: true,
    errors: ['not_found', 'conflict'],
  }),
  defineRoute({
    method: 'get',
    path: '/v1/tenants/:t/keys',
    operation: 'listApiKeys',
    summary: "A tenant's API keys, without their secrets",
    access: { permission: 'keys:read', within: 'named-tenant' },
    param: TenantParam,
    responses: { 200: { description: 'The keys', schema: ApiKeysResponse } },
    errors: ['not_found'],
  }),
  defineRoute({
    method: 'post',
    path: '/v1/tenants/:t/keys/:id/rotate',
    operation: 'rotateApiKey',
    summary: 'Give a key a new secret; the old one stops at once',
    access: { permission: 'keys:write', within: 'named-tenant' },
    param: ApiKeyParam,
    responses: { 200: { description: 'The key', schema: NewApiKeyResponse } },
    isIdempotent: true,
    errors: ['not_found', 'conflict'],
  }),
  defineRoute({
    method: 'delete',
    path: '/v1/tenants/:t/keys/:id',
    operation: 'revokeApiKey',
    summary: 'Revoke a key; it and its tokens stop at once',
    access: { permission: 'keys:write', within: 'named-tenant' },
    param: ApiKeyParam,
    responses: { 204: { description: 'The key is gone' } },
    isIdempotent: true,
    errors: ['not_found'],
  }),
  defineRoute({
    method: 'put',
    path: '/v1/tenants/:t/provider-keys/:provider',
    operation: 'setProviderKey',
    summary: "Keep the tenant's own API key of a provider of models; it is never shown again",
    access: { permission: 'provider_keys:write', within: 'named-tenant' },
    param: ProviderKeyParam,
    json: SetProviderKeyRequest,
    responses: { 204: { description: 'Calls of the provider are made with it' } },
    isIdempotent: true,
    errors: ['not_found', 'conflict'],
  }),
  defineRoute({
    method: 'get',
    path: '/v1/tenants/:t/provider-keys',
    operation: 'listProviderKeys',
    summary: "The providers that the tenant has keys of its own for, with the keys' last characters",
    access: { permission: 'provider_keys:read', within: 'named-tenant' },
    param: TenantParam,
    responses: { 200: { description: 'The keys', schema: ProviderKeysResponse } },
    errors: ['not_found'],
  }),
  defineRoute({
    method: 'delete',
    path: '/v1/tenants/:t/provider-keys/:provider',
    operation: 'removeProviderKey',
    summary: "Forget the tenant's own key of a provider; calls are made with the platform's again",
    access: { permission: 'provider_keys:write', within: 'named-tenant' },
    param: ProviderKeyParam,
    responses: { 204: { description: 'The key is gone' } },
    isIdempotent: true,
    errors: ['not_found'],
  }),
];
