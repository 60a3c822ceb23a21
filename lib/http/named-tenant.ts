import type { Context } from 'hono';
import * as v from 'valibot';
import { invalidRequest } from '#lib/core/api-error.ts';
import { TenantIdSchema, type TenantId } from '#lib/tenancy/tenant-id.ts';

/** Of the platform: what it names, a tenant's user has been refused for, or is in. */
export const TenantQuery = v.object({ tenant_id: v.optional(TenantIdSchema) });

/** The tenant that the query names, by either of the names that are looked at before. */
export function namedTenant({ req }: Context): TenantId | undefined {
  const [named, ...others] = [...(req.queries('tenant_id') ?? []), ...(req.queries('tenant') ?? [])];
  const result = v.safeParse(TenantQuery, { tenant_id: named });
  if (!result.success || others.length > 0) throw invalidRequest('tenant_id', 'must be the id of one tenant');
  return result.output.tenant_id;
}
