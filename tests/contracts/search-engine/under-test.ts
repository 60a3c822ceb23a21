import type { SearchEngine, SearchRequest } from '#lib/retrieval/engine.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';

/** The engine that a suite asks, there once the suite has begun. */
export interface EngineUnderTest {
  readonly engine: SearchEngine;
  /** Whether chunks may carry vectors of four dimensions. */
  readonly hasVectors: boolean;
  /** The documents that a search finds, best first. */
  idsOf(scope: TenantScope, request: SearchRequest): Promise<string[]>;
}

let tenants = 0;
/** A tenant that no other test uses. */
export const freshTenant = (): string => `t${Date.now().toString(36)}-${(tenants += 1)}`;
