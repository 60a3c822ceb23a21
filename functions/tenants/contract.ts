import * as v from 'valibot';
import { ReceiptSchema } from '#lib/auth/receipt.ts';
import { defineRoute } from '#lib/http/contract.ts';
import { TenantIdSchema } from '#lib/tenancy/tenant-id.ts';
import { GuardrailPolicySchema } from '#lib/guardrails/policy.ts';
import {
  BudgetSchema,
  CacheSchema,
  LimitsSchema,
  ModelsSchema,
  RetrievalSchema,
  TelemetrySchema,
  TenantNameSchema,
} from '#lib/tenancy/tenant.ts';

export const TenantParam = v.object({ t: TenantIdSchema });

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
  telemetry: v.optional(TelemetrySchema),
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
  telemetry: v.nullish(TelemetrySchema),
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
  telemetry: v.optional(TelemetrySchema),
  created_at: v.pipe(v.string(), v.isoTimestamp()),
  updated_at: v.pipe(v.string(), v.isoTimestamp()),
});
const TenantsResponse = v.strictObject({ tenants: v.array(TenantResponse), next_cursor: v.optional(v.string()) });

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
];
