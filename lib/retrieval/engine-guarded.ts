import { ApiError } from '#lib/core/api-error.ts';
import type { LeakageMonitor } from '#lib/tenancy/leakage.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { EngineRefusal } from './engine-refusal.ts';
import type { SearchEngine } from './engine.ts';

/** Reports what the engine itself refuses a scope: a request reached for another tenant's index. Throws `internal` then. */
export function createGuardedEngine(engine: SearchEngine, leakage: LeakageMonitor): SearchEngine {
  async function guard<T>(scope: TenantScope, call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      if (!(error instanceof EngineRefusal)) throw error;
      const { tenantId, userId, origin } = scope;
      leakage.report({ kind: 'engine', tenantId, userId, origin });
      throw new ApiError('internal', undefined, { cause: error });
    }
  }

  return {
    ...engine,
    findStates: (scope, ids, signal) => guard(scope, engine.findStates(scope, ids, signal)),
    upsert: (scope, documents, signal) => guard(scope, engine.upsert(scope, documents, signal)),
    find: (scope, id, signal) => guard(scope, engine.find(scope, id, signal)),
    findText: (scope, id, signal) => guard(scope, engine.findText(scope, id, signal)),
    list: (scope, page, signal) => guard(scope, engine.list(scope, page, signal)),
    remove: (scope, id, signal) => guard(scope, engine.remove(scope, id, signal)),
    search: (scope, request, signal) => guard(scope, engine.search(scope, request, signal)),
  };
}
