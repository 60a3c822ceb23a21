import * as v from 'valibot';
import { GroupsSchema } from '#lib/auth/api-key.ts';
import { ReceiptSchema } from '#lib/auth/receipt.ts';
import { defineRoute } from '#lib/http/contract.ts';
import { ProviderIdSchema } from '#lib/llm/provider-key-record.ts';
import { TenantRoleSchema } from '#lib/tenancy/role.ts';
import { TenantIdSchema } from '#lib/tenancy/tenant-id.ts';
import { GuardrailPolicySchema } from '#lib/guardrails/policy.ts';
import {
  BudgetSchema,
  CacheSchema,
  LimitsSchema,
  ModelsSchema,
  RetrievalSchema,
  TenantNameSchema,
} from '#lib/tenancy/tenant.ts';

export const TenantParam = v.object({ t: TenantIdSchema });
export const ApiKeyParam = v.object({ t: TenantIdSchema, id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{12}$/)) });
export const ProviderKeyParam = v.object({ t: TenantIdSchema, provider: ProviderIdSchema });

export const ListQuery = v.strictObject({
  limit: v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,4}$/, 'must be a number'), v.transform(Number), v.minValue(1), v.maxValue(1_000)),
    '100',
  ),
  cursor: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,100}$/, 'is not a cursor of this list'))),
});

export const CreateTenantRequest = v.strictObject({
  id: TenantIdSchema,
  name: TenantNameSchema,
  limits: v.optional(LimitsSchema, {}),
  budget: v.optional(BudgetSchema),
  models: v.optional(ModelsSchema),
  retrieval: v.optional(RetrievalSchema),
  cache: v.optional(CacheSchema),
  guardrails: v.optional(GuardrailPolicySchema),
});

const { requests_per_minute, tokens_per_minute, concurrent_requests, weight } = LimitsSchema.entries;

/** What is left out stays, what is null is cleared. */
export const UpdateTenantRequest = v.strictObject({
  name: v.optional(TenantNameSchema),
  limits: v.optional(
    v.strictObject({
      requests_per_minute: v.nullish(requests_per_minute.wrapped),
      tokens_per_minute: v.nullish(tokens_per_minute.wrapped),
      concurrent_requests: v.nullish(concurrent_requests.wrapped),
      weight: v.nullish(weight.wrapped),
    }),
  ),
  budget: v.nullish(BudgetSchema),
  models: v.nullish(ModelsSchema),
  retrieval: v.nullish(RetrievalSchema),
  cache: v.nullish(CacheSchema),
  guardrails: v.nullish(GuardrailPolicySchema),
});

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

export const TenantResponse = v.strictObject({
  id: v.string(),
  name: v.string(),
  status: v.picklist(['active', 'suspended']),
  limits: LimitsSchema,
  budget: v.optional(BudgetSchema),
  models: v.optional(ModelsSchema),
  retrieval: v.optional(RetrievalSchema),
  cache: v.optional(CacheSchema),
  guardrails: v.optional(GuardrailPolicySchema),
  created_at: v.pipe(v.string(), v.isoTimestamp()),
  updated_at: v.pipe(v.string(), v.isoTimestamp()),
});
const TenantsResponse = v.strictObject({ tenants: v.array(TenantResponse), next_cursor: v.optional(v.string()) });

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

export const routes = [
  defineRoute({
    method: 'post',
    path: '/v1/tenants',
    operation: 'createTenant',
    summary: 'Register a tenant',
    access: { permission: 'tenants:create', within: 'platform' },
    json: CreateTenantRequest,
    responses: { 201: { description: 'The tenant', schema: TenantResponse } },
    isIdempotent: true,
    errors: ['conflict'],
  }),
  defineRoute({
    method: 'get',
    path: '/v1/tenants',
    operation: 'listTenants',
    summary: 'The tenants, in the order of their ids',
    access: { permission: 'tenants:list', within: 'platform' },
    query: ListQuery,
    responses: { 200: { description: 'A page of tenants', schema: TenantsResponse } },
    errors: [],
  }),
  defineRoute({
    method: 'get',
    path: '/v1/tenants/:t',
    operation: 'getTenant',
    summary: 'A tenant and its settings',
    access: { permission: 'tenants:read', within: 'named-tenant' },
    param: TenantParam,
    responses: { 200: { description: 'The tenant', schema: TenantResponse } },
    errors: ['not_found'],
  }),
  defineRoute({
    method: 'patch',
    path: '/v1/tenants/:t',
    operation: 'updateTenant',
    summary: "Change a tenant's settings; its own administrators may change its name, searches, cache and guardrails",
    access: { permission: 'tenants:adjust', within: 'named-tenant' },
    param: TenantParam,
    json: UpdateTenantRequest,
    responses: { 200: { description: 'The tenant as it is now', schema: TenantResponse } },
    isIdempotent: true,
    errors: ['not_found', 'conflict'],
  }),
  defineRoute({
    method: 'delete',
    path: '/v1/tenants/:t',
    operation: 'removeTenant',
    summary: 'Delete a tenant with all its documents and keys',
    access: { permission: 'tenants:delete', within: 'platform' },
    param: TenantParam,
    responses: { 204: { description: 'The tenant is gone' } },
    isIdempotent: true,
    errors: ['not_found', 'conflict', 'search_unavailable'],
  }),
  defineRoute({
    method: 'post',
    path: '/v1/tenants/:t/suspend',
    operation: 'suspendTenant',
    summary: "Lock a tenant's credentials out",
    access: { permission: 'tenants:write', within: 'platform' },
    param: TenantParam,
    responses: { 200: { description: 'The tenant as it is now', schema: TenantResponse } },
    isIdempotent: true,
    errors: ['not_found', 'conflict'],
  }),
  defineRoute({
    method: 'post',
    path: '/v1/tenants/:t/resume',
    operation: 'resumeTenant',
    summary: 'Let a suspended tenant in again',
    access: { permission: 'tenants:write', within: 'platform' },
    param: TenantParam,
    responses: { 200: { description: 'The tenant as it is now', schema: TenantResponse } },
    isIdempotent: true,
    errors: ['not_found', 'conflict'],
  }),
  defineRoute({
    method: 'post',
    path: '/v1/tenants/:t/erase',
    operation: 'eraseTenant',
    summary: 'Destroy all that a tenant has stored, keys included, and get a signed receipt; the tenant goes on empty',
    access: { permission: 'tenants:erase', within: 'named-tenant' },
    param: TenantParam,
    responses: { 200: { description: 'The receipt', schema: ReceiptSchema } },
    isIdempotent: true,
    errors: ['not_found', 'conflict', 'search_unavailable'],
  }),
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
