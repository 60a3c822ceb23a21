import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import type { CorpusWrites } from '#lib/cache/corpus-writes.ts';
import { ApiError } from '#lib/core/api-error.ts';
import type { SearchEngine } from '#lib/retrieval/engine.ts';
import { isPermitted, requirePermission } from '#lib/tenancy/role.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';

interface RemoveDocumentDeps {
  engine: SearchEngine;
  writes: CorpusWrites;
  audit: AuditTrail;
}

/** When it returns, no search finds the document and no answer quotes it. Throws `forbidden`, `not_found`. */
export const createRemoveDocument =
  ({ engine, writes, audit }: RemoveDocumentDeps) =>
  async (scope: TenantScope, id: string, signal: AbortSignal): Promise<void> => {
    requirePermission(scope, 'documents:write');
    const remove = async (held: AbortSignal): Promise<boolean> => {
      const state = (await engine.findStates(scope, [id], held)).get(id);
      const isReachable = state?.isVisible || isPermitted(scope.role, 'documents:manage');
      return state !== undefined && isReachable && engine.remove(scope, id, held);
    };
    const removeMarked = async (held: AbortSignal): Promise<void> => {
      // Also where nothing is there: it may be an earlier call, whose answer was lost, that has removed it.
      if (!(await writes.during(scope, remove, held))) throw new ApiError('not_found');
    };
    await audit.during(scope, { action: 'document.remove', target: id }, removeMarked, signal);
  };
