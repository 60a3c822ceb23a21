import { ApiError } from '#lib/core/api-error.ts';
import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import { recordReading } from '#lib/audit/record-reading.ts';
import type { DocumentRecord, SearchEngine } from '#lib/retrieval/engine.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { Tripwire } from '#lib/tenancy/tripwire.ts';

interface ReadDeps {
  engine: SearchEngine;
  tripwire: Tripwire;
  audit: AuditTrail;
}

/** Throws `forbidden`, `not_found`. */
export const createGetDocument =
  ({ engine, tripwire, audit }: ReadDeps) =>
  async (scope: TenantScope, id: string, signal: AbortSignal): Promise<DocumentRecord> => {
    requirePermission(scope, 'documents:read');
    const entry = { action: 'document.read', target: id };
    return recordReading({ audit, actor: scope, entry, signal, isAsked: true }, async () => {
      const document = await engine.find(scope, id, signal);
      if (!document) throw new ApiError('not_found');
      tripwire(scope, [document]);
      return document;
    });
  };

/** The text that citations' offsets point into. Throws `forbidden`, `not_found`. */
export const createGetDocumentText =
  ({ engine, audit }: Omit<ReadDeps, 'tripwire'>) =>
  async (scope: TenantScope, id: string, signal: AbortSignal): Promise<string> => {
    requirePermission(scope, 'documents:read');
    const entry = { action: 'document.read_text', target: id };
    return recordReading({ audit, actor: scope, entry, signal, isAsked: true }, async () => {
      const text = await engine.findText(scope, id, signal);
      if (text === undefined) throw new ApiError('not_found');
      return text;
    });
  };
