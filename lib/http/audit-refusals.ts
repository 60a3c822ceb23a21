import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import { isForbidden } from '#lib/audit/forbidden.ts';
import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import { ApiError } from '#lib/core/api-error.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import type { PublicEnvironment } from './environment.ts';

/** What somebody who is known was not allowed to do, and who else's data it was meant for, goes into the audit trail. */
export const auditRefusals = ({ audit }: { audit: Pick<AuditTrail, 'recordAccess'> }) =>
  createMiddleware<PublicEnvironment & { Variables: { actor?: Actor } }>(async (c, next) => {
    await next();
    const { error } = c;
    if (!(error instanceof ApiError) || !isForbidden(error.code)) return;
    // A credential that opens nothing names nobody. The route, and not the path: that is the client's own words.
    const actor = c.get('actor');
    if (actor)
      audit.recordAccess(
        actor,
        { action: 'request.refuse', target: `${c.req.method} ${routePath(c, -1)}` },
        error.code,
      );
  });
