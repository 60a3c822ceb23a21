import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import { ApiError } from '#lib/core/api-error.ts';
import type { SearchEngine } from '#lib/retrieval/engine.ts';
import { isPermitted, requirePermission } from '#lib/tenancy/role.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';

interface RemoveDocumentDeps {
  engine: SearchEngine;
  audit: AuditTrail;
}

/** When it returns, no search finds the document. Throws `forbidden`, `not_found`. */
export const createRemoveDocument =
  ({ engine, audit }: RemoveDocumentDeps) =>
  async (scope: TenantScope, id: string, signal: AbortSignal): Promise<void> => {
    requirePermission(scope, 'documents:write');
    const state = (await engine.findStates(scope, [id], signal)).get(id);
    const isReachable = state?.isVisible || isPermitted(scope.role, 'documents:manage');
    if (!state || !isReachable || !(await engine.remove(scope, id, signal))) throw new ApiError('not_found');
    await audit.record(scope, { action: 'document.remove', target: id });
  };
