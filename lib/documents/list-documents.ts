import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import { recordReading } from '#lib/audit/record-reading.ts';
import type { DocumentRecord, SearchEngine } from '#lib/retrieval/engine.ts';
import { openCursor, sealCursor } from '#lib/tenancy/cursor.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { Tripwire } from '#lib/tenancy/tripwire.ts';

interface ListDeps {
  engine: SearchEngine;
  tripwire: Tripwire;
  audit: AuditTrail;
}

export interface DocumentPage {
  documents: readonly DocumentRecord[];
  nextCursor: string | undefined;
}

/** In the order of their ids. Throws `forbidden`, `invalid_request` for a cursor of another list. */
export const createListDocuments =
  ({ engine, tripwire, audit }: ListDeps) =>
  async (
    scope: TenantScope,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
    signal: AbortSignal,
  ): Promise<DocumentPage> => {
    requirePermission(scope, 'documents:read');
    const after = cursor === undefined ? undefined : openCursor(scope, 'documents', cursor);
    const entry = { action: 'document.list', target: '*' };
    const found = await recordReading({ audit, actor: scope, entry, signal }, async () =>
      tripwire(scope, await engine.list(scope, { after, limit: limit + 1 }, signal)),
    );
    const documents = found.slice(0, limit);
    const last = found.length > limit ? documents.at(-1) : undefined;
    return { documents, nextCursor: last && sealCursor(scope, 'documents', last.id) };
  };
