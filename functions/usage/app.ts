import type { Context } from 'hono';
import * as v from 'valibot';
import { invalidRequest } from '#lib/core/api-error.ts';
import { createActorApi } from '#lib/http/create-api.ts';
import type { HttpKit } from '#lib/http/kit.ts';
import { query } from '#lib/http/validate.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import type { createReadUsage } from '#lib/usage/read-usage.ts';
import { toUsageBody, toUsageCsv } from '#lib/usage/wire.ts';
import { TenantQuery, UsageQuery } from './contract.ts';

export interface UsageDeps {
  http: HttpKit;
  readUsage: ReturnType<typeof createReadUsage>;
}

/** The tenant that the query names, by either of the names that are looked at before. */
function namedTenant({ req }: Context): TenantId | undefined {
  const [named, ...others] = [...(req.queries('tenant_id') ?? []), ...(req.queries('tenant') ?? [])];
  const result = v.safeParse(TenantQuery, { tenant_id: named });
  if (!result.success || others.length > 0) throw invalidRequest('tenant_id', 'must be the id of one tenant');
  return result.output.tenant_id;
}

const acceptsCsv = (accept: string | undefined): boolean =>
  accept?.split(',').some((type) => type.split(';')[0]?.trim() === 'text/csv') ?? false;

export const createUsageApp = ({ http, readUsage }: UsageDeps) =>
  createActorApi(http, 'usage').get('/v1/usage', query(UsageQuery), async (c) => {
    const { from, to, group_by: groupBy } = c.req.valid('query');
    const report = await readUsage(c.var.actor, { from, to, groupBy, tenantId: namedTenant(c) }, c.var.signal);
    if (!acceptsCsv(c.req.header('accept'))) return c.json(toUsageBody(report));
    return c.body(toUsageCsv(groupBy, report), 200, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="usage.csv"',
    });
  });
