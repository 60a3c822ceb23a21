import * as v from 'valibot';
import { defineRoute } from '#lib/http/contract.ts';
import { TenantQuery } from '#lib/http/named-tenant.ts';
import { DaySchema } from '#lib/usage/day-range.ts';
import { usageGroups } from '#lib/usage/usage-report.ts';

const GroupsSchema = v.pipe(
  v.string(),
  v.maxLength(100),
  v.transform((text) => text.split(',')),
  v.array(v.picklist(usageGroups, `must be of ${usageGroups.join(', ')}, between commas`)),
  v.check((groups) => new Set(groups).size === groups.length, 'must not name a group twice'),
);

export const UsageQuery = v.strictObject({
  from: v.optional(DaySchema),
  to: v.optional(DaySchema),
  group_by: v.optional(GroupsSchema, 'day'),
});

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const counts = {
  /** Calls of models. */
  requests: count,
  input_tokens: count,
  cached_input_tokens: count,
  output_tokens: count,
  cost_dollars: v.number(),
  estimated_cost_dollars: v.number(),
};

export const UsageResponse = v.strictObject({
  rows: v.array(
    v.strictObject({
      day: v.optional(v.string()),
      model: v.optional(v.string()),
      user: v.optional(v.string()),
      function: v.optional(v.string()),
      key: v.optional(v.nullable(v.string())),
      tenant: v.optional(v.string()),
      ...counts,
    }),
  ),
  total: v.strictObject(counts),
});

export const routes = [
  defineRoute({
    method: 'get',
    path: '/v1/usage',
    operation: 'readUsage',
    summary: 'Tokens and cost by day, model, user, function, key or tenant; members and readers see their own',
    access: { permission: 'usage:read', within: 'named-tenant' },
    query: v.strictObject({ ...UsageQuery.entries, ...TenantQuery.entries }),
    responses: { 200: { description: 'The sums', schema: UsageResponse, also: ['text/csv'] } },
    errors: ['not_found', 'concurrency_limited', 'overloaded'],
  }),
];
