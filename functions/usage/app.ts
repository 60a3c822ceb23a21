import { accepts } from '#lib/http/accepts.ts';
import { createActorApi } from '#lib/http/create-api.ts';
import type { HttpKit } from '#lib/http/kit.ts';
import { namedTenant } from '#lib/http/named-tenant.ts';
import { query } from '#lib/http/validate.ts';
import type { createReadUsage } from '#lib/usage/read-usage.ts';
import { toUsageBody, toUsageCsv } from '#lib/usage/wire.ts';
import { UsageQuery } from './contract.ts';

export interface UsageDeps {
  http: HttpKit;
  readUsage: ReturnType<typeof createReadUsage>;
}

export const createUsageApp = ({ http, readUsage }: UsageDeps) =>
  createActorApi(http, 'usage').get('/v1/usage', query(UsageQuery), async (c) => {
    const { from, to, group_by: groupBy } = c.req.valid('query');
    const report = await readUsage(c.var.actor, { from, to, groupBy, tenantId: namedTenant(c) }, c.var.signal);
    if (!accepts(c.req.header('accept'), 'text/csv')) return c.json(toUsageBody(report));
    return c.body(toUsageCsv(groupBy, report), 200, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="usage.csv"',
    });
  });
