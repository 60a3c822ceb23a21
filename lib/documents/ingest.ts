import { ApiError, toApiError, type ProblemCode } from '#lib/core/api-error.ts';
import type { AuditChange, AuditTrail } from '#lib/audit/audit-trail.ts';
import type { CorpusWrites } from '#lib/cache/corpus-writes.ts';
import type { Embedder } from '#lib/llm/embedder.ts';
import type { DocumentState, NewDocument, SearchEngine } from '#lib/retrieval/engine.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { IngestStatus, Metrics } from '#lib/telemetry/metrics.ts';
import { isPermitted, requirePermission } from '#lib/tenancy/role.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { toBatches } from './batches.ts';
import { toIngestItem, type IngestItem } from './ingest-item.ts';
import { toFormat } from './media-type.ts';
import { prepareVersion } from './prepare.ts';
import type { Preparer } from './preparer.ts';
import type { DocumentSource, RejectedSource } from './source.ts';
import { createStoreDocuments } from './store-documents.ts';
import { toTitle } from './title.ts';

interface IngestDeps {
  engine: SearchEngine;
  preparer: Preparer;
  /** Where there is one, each chunk gets a vector. */
  embedder: Embedder | undefined;
  writes: CorpusWrites;
  audit: AuditTrail;
  metrics: Metrics;
  logger: Logger;
}

export interface IngestResult {
  id: string;
  status: IngestStatus;
  chunks: number;
  error?: { code: ProblemCode; detail: string };
}

export type Ingest = (
  scope: TenantScope,
  sources: readonly (DocumentSource | RejectedSource)[],
  signal: AbortSignal,
) => AsyncGenerator<IngestResult>;

/** Either done with, or a document to be written. */
type Step = { result: IngestResult } | { document: NewDocument; status: 'created' | 'updated' };

/**
 * Stores and indexes documents: one result each, in their order. A document that fails leaves what
 * was stored under its id as it is, and the rest goes on. A result is given only once its document
 * is durable and searchable. Throws `forbidden`; the signal ends it between batches.
 */
export function createIngest({ engine, preparer, embedder, writes, audit, metrics, logger }: IngestDeps): Ingest {
  const version = `${prepareVersion}:${embedder?.identity ?? ''}`;
  const storeDocuments = createStoreDocuments({ engine, embedder, writes });

  async function toDocument(item: IngestItem, source: DocumentSource, signal: AbortSignal): Promise<NewDocument> {
    const { id, contentHash, fingerprint } = item;
    const { mediaType, metadata, groups } = source;
    const { text, chunks, title: found } = await preparer.prepare(toFormat(mediaType), source.content, signal);
    const title = source.title ?? toTitle(found) ?? toTitle(source.fileName) ?? id;
    return {
      id,
      title,
      mediaType,
      metadata,
      groups,
      contentHash,
      fingerprint,
      text,
      pieces: chunks,
      embedder: undefined,
    };
  }

  function toFailure(scope: TenantScope, id: string, thrown: unknown): IngestResult {
    const { code, message, cause } = toApiError(thrown);
    const { tenantId: tenant_id, userId: user_id, origin } = scope;
    logger.warn({ event: 'document_failed', tenant_id, user_id, request_id: origin.requestId, code, error: cause });
    return { id, status: 'failed', chunks: 0, error: { code, detail: message } };
  }

  async function prepareItem(
    scope: TenantScope,
    item: IngestItem,
    state: DocumentState | undefined,
    signal: AbortSignal,
  ): Promise<Step> {
    const { id, source, rejection, fingerprint } = item;
    try {
      if (!source) throw rejection;
      requireWritable(scope, state);
      if (state?.fingerprint === fingerprint) return { result: { id, status: 'unchanged', chunks: state.chunks } };
      return { document: await toDocument(item, source, signal), status: state ? 'updated' : 'created' };
    } catch (error) {
      signal.throwIfAborted();
      return { result: toFailure(scope, id, error) };
    }
  }

  async function writeBatch(
    scope: TenantScope,
    batch: readonly IngestItem[],
    signal: AbortSignal,
  ): Promise<IngestResult[]> {
    const states = await engine.findStates(
      scope,
      batch.flatMap(({ id, source }) => (source ? [id] : [])),
      signal,
    );
    const steps = await Promise.all(batch.map((item) => prepareItem(scope, item, states.get(item.id), signal)));
    const documents = steps.flatMap((step) => ('document' in step ? [step.document] : []));
    const store = (held: AbortSignal) => storeDocuments(scope, documents, held);
    const failures = await audit.during(scope, steps.flatMap(toChanges), store, signal);
    return steps.map((step) => {
      if ('result' in step) return step.result;
      const { status, document } = step;
      if (failures.has(document.id)) return toFailure(scope, document.id, failures.get(document.id));
      return { id: document.id, status, chunks: document.pieces.length };
    });
  }

  return async function* ingest(scope, sources, signal) {
    requirePermission(scope, 'documents:write');
    for (const batch of toBatches(
      sources.map((source) => toIngestItem(source, version)),
      engine.batch,
    )) {
      for (const result of await writeBatch(scope, batch, signal)) {
        metrics.ingest(result.status);
        yield result;
      }
    }
  };
}

/** What the audit trail has of a document that is to be written. */
function toChanges(step: Step): AuditChange<ReadonlyMap<string, unknown>>[] {
  if ('result' in step) return [];
  const { id } = step.document;
  const action = step.status === 'created' ? 'document.create' : 'document.update';
  const toOutcome = (failures: ReadonlyMap<string, unknown>) =>
    failures.has(id) ? toApiError(failures.get(id)).code : 'success';
  return [{ action, target: id, toOutcome }];
}

/** A document that the writer may not see is, to it, not there to be replaced; an administrator may. */
function requireWritable(scope: TenantScope, state: DocumentState | undefined): void {
  if (state && !state.isVisible && !isPermitted(scope.role, 'documents:manage')) throw new ApiError('not_found');
}
