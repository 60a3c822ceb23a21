import * as v from 'valibot';
import { AuditEventSchema } from '#lib/audit/audit-event.ts';
import { FromSchema, ToSchema } from '#lib/audit/time-range.ts';
import { defineRoute } from '#lib/http/contract.ts';
import { TenantQuery } from '#lib/http/named-tenant.ts';

const range = { from: v.optional(FromSchema), to: v.optional(ToSchema) };

export const AuditQuery = v.strictObject({
  ...range,
  limit: v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,4}$/), v.transform(Number), v.integer(), v.minValue(1), v.maxValue(1_000)),
    '100',
  ),
  cursor: v.optional(v.pipe(v.string(), v.maxLength(200))),
});

export const VerifyBody = v.strictObject(range);

export const AuditResponse = v.strictObject({
  events: v.array(AuditEventSchema),
  next_cursor: v.optional(v.string()),
});

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

export const VerdictResponse = v.strictObject({
  valid: v.boolean(),
  /** That hold, up to the break where there is one. */
  events: count,
  checkpoints: count,
  /** Of keys that the platform no longer holds. */
  unknown_checkpoints: count,
  /** The last event that a signature covers; 0 where none does. */
  anchored: count,
  /** The first event that is not right, or that is missing. */
  first_break: v.optional(count),
  reason: v.optional(v.string()),
});

const access = { permission: 'audit:read', within: 'named-tenant' } as const;

export const routes = [
  defineRoute({
    method: 'get',
    path: '/v1/audit',
    operation: 'listAuditEvents',
    summary: 'Who did what, when and from where, in order; as NDJSON the whole of it, to be verified offline',
    access,
    query: v.strictObject({ ...AuditQuery.entries, ...TenantQuery.entries }),
    responses: { 200: { description: 'Events', schema: AuditResponse, also: ['application/x-ndjson'] } },
    errors: ['not_found', 'concurrency_limited', 'overloaded', 'search_unavailable'],
  }),
  defineRoute({
    method: 'post',
    path: '/v1/audit/verify',
    operation: 'verifyAudit',
    summary: 'Whether the trail is whole: that no event was changed, removed, added or moved',
    access,
    json: VerifyBody,
    query: TenantQuery,
    responses: { 200: { description: 'What was found', schema: VerdictResponse } },
    errors: ['not_found', 'concurrency_limited', 'overloaded', 'search_unavailable'],
  }),
];
