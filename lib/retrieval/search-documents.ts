import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import { recordReading } from '#lib/audit/record-reading.ts';
import { sha256Hex, canonicalJson } from '#lib/core/digest.ts';
import type { Guardrails } from '#lib/guardrails/create-guardrails.ts';
import { openCursor, sealCursor } from '#lib/tenancy/cursor.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { Fusion, SearchMode, SearchResult } from './engine.ts';
import type { Filter } from './filter.ts';
import type { Retrieve } from './retrieve.ts';

export interface SearchInput {
  query: string;
  mode: SearchMode;
  filter: Filter;
  groupBy: 'chunk' | 'document';
  fusion: Fusion;
  explain: boolean;
  limit: number;
  cursor: string | undefined;
}

export interface SearchPage extends SearchResult {
  nextCursor: string | undefined;
}

/** How deep pages may lead: beyond it a better question finds more. */
const maxDepth = 1_000;

interface SearchDeps {
  retrieve: Retrieve;
  guardrails: Guardrails;
  audit: AuditTrail;
}

/**
 * Searches as the tenant's policy allows it: what must not leave is gone before the query is searched for. Throws `forbidden`,
 * `invalid_request` for a cursor of another search, and as `Guard` and `Retrieve` do.
 */
export const createSearchDocuments =
  ({ retrieve, guardrails, audit }: SearchDeps) =>
  async (scope: TenantScope, { cursor, ...input }: SearchInput, signal: AbortSignal): Promise<SearchPage> => {
    requirePermission(scope, 'search:read');
    const { limit, explain: _, ...search } = input;
    const purpose = `search:${sha256Hex(canonicalJson(search))}`;
    const offset = cursor === undefined ? 0 : Number(openCursor(scope, purpose, cursor));
    const guard = await guardrails.guard(scope);
    guard.checkInput([{ path: 'query', text: input.query }]);
    const entry = { action: 'document.search', target: '*' };
    const result = await recordReading({ audit, actor: scope, entry, signal }, () =>
      retrieve(scope, { ...input, query: guard.redact(input.query), offset }, signal),
    );
    const next = offset + limit;
    const nextCursor =
      result.hasMore && next + limit <= maxDepth ? sealCursor(scope, purpose, String(next)) : undefined;
    return { ...result, nextCursor };
  };
