import * as v from 'valibot';
import type { Clock } from '#lib/core/clock.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import {
  lexicalWeights,
  type DocumentState,
  type SearchEngine,
  type SearchRequest,
  type SearchResult,
} from './engine.ts';
import { isPipelineMissing, statusOf } from './opensearch/errors.ts';
import { findRows } from './opensearch/find-rows.ts';
import { createIndices } from './opensearch/indices.ts';
import { createLedger } from './opensearch/ledger.ts';
import { ownRows, visibleTo } from './opensearch/query.ts';
import { createReindex } from './opensearch/reindex.ts';
import { documentFields, DocumentRows, TextRows, toDocumentRecord } from './opensearch/rows.ts';
import type { VectorSpace } from './opensearch/schema.ts';
import { search } from './opensearch/search.ts';
import { createSweeper } from './opensearch/sweeper.ts';
import type { Transport } from './opensearch/transport.ts';
import { createWriter } from './opensearch/write-documents.ts';

export interface OpenSearchEngineOptions {
  transport: Transport;
  /** What the configured embedder makes, where there is one. */
  vectors: VectorSpace | undefined;
  /** Of the k-NN plugin: `lucene` or `faiss`. */
  knnEngine: string;
  replicas: number;
  /** Whether this is the incarnation that the tenant has now: only for it an index is made. */
  confirm: (tenant: TenantRef, signal: AbortSignal) => Promise<boolean>;
  logger: Logger;
  /** How long a process may think of a tenant's index as it was: its form and its embedder. */
  freshMilliseconds?: number;
  now?: Clock;
}

const Total = v.object({ hits: v.object({ total: v.object({ value: v.number() }) }) });

/** The documents' own rows that the scope may see. */
const visibleDocuments = (scope: TenantScope, ...conditions: object[]) => ({
  bool: { filter: [...visibleTo(scope, 'document'), ...conditions] },
});

/** Of 2.19 and 3.x: an index for each tenant, hybrid queries of words, n-grams and vectors. */
export function createOpenSearchEngine(options: OpenSearchEngineOptions): SearchEngine {
  const { transport, vectors, logger, freshMilliseconds = 10_000, now = Date.now } = options;
  const indices = createIndices({ ...options, freshMilliseconds, now });
  const ledger = createLedger({ transport });
  const sweeper = createSweeper({ transport, ledger, logger });
  const writer = createWriter({ transport, ledger, indices, onWrite: sweeper.schedule, now });
  const searchDeps = { transport, ledger, now };
  const reindex = createReindex({ transport, ledger, indices, sweeper, writer, vectors, freshMilliseconds });

  /** Without vectors where the index waits to be brought to the configured embedder: its own mean something else. */
  async function searchAsItIs(scope: TenantScope, request: SearchRequest, signal: AbortSignal): Promise<SearchResult> {
    const { vector, weights } = request;
    const index = vector && (await indices.find(scope, signal));
    if (!vector || !index || index.embedder === vector.embedder) return search(searchDeps, scope, request, signal);
    const left = weights.lexical + weights.ngram > 0 ? weights : lexicalWeights;
    const { hits, hasMore } = await search(searchDeps, scope, { ...request, vector: undefined, weights: left }, signal);
    return { hits, hasMore, isDegraded: true };
  }

  async function countRows(tenant: TenantRef, kind: 'document' | 'chunk', signal: AbortSignal): Promise<number> {
    const query = { bool: { filter: ownRows(tenant, kind) } };
    const answer = await findRows(transport, tenant, Total, { query, size: 0, track_total_hits: true }, signal);
    return answer?.hits.total.value ?? 0;
  }

  return {
    // Making a batch visible costs as much as indexing some dozen documents.
    batch: { documents: 200, size: 4 * 1024 * 1024 },
    async findStates(scope, ids, signal) {
      signal.throwIfAborted();
      if (ids.length === 0) return new Map();
      const filter = [...ownRows(scope, 'document'), { terms: { document_id: ids } }];
      const body = { query: { bool: { filter } }, size: ids.length, _source: documentFields };
      const found = await findRows(transport, scope, DocumentRows, body, signal);
      return new Map(
        found?.hits.hits.map(({ _source: { document_id, fingerprint, chunks, groups } }): [string, DocumentState] => [
          document_id,
          {
            fingerprint,
            chunks,
            isVisible: groups.length === 0 || groups.some((group) => scope.groups.includes(group)),
          },
        ]),
      );
    },
    upsert: writer.upsert,
    async find(scope, id, signal) {
      const query = visibleDocuments(scope, { term: { document_id: id } });
      const found = await findRows(transport, scope, DocumentRows, { query, size: 1, _source: documentFields }, signal);
      const row = found?.hits.hits[0]?._source;
      return row && toDocumentRecord(row);
    },
    async findText(scope, id, signal) {
      const query = visibleDocuments(scope, { term: { document_id: id } });
      const found = await findRows(transport, scope, TextRows, { query, size: 1, _source: ['text'] }, signal);
      return found?.hits.hits[0]?._source.text;
    },
    async list(scope, { after, limit }, signal) {
      const body = {
        query: visibleDocuments(scope),
        size: limit,
        _source: documentFields,
        sort: [{ document_id: 'asc' }],
        ...(after === undefined ? {} : { search_after: [after] }),
      };
      const found = await findRows(transport, scope, DocumentRows, body, signal);
      return found?.hits.hits.map(({ _source }) => toDocumentRecord(_source)) ?? [];
    },
    remove: writer.remove,
    async search(scope, request, signal) {
      signal.throwIfAborted();
      try {
        return await searchAsItIs(scope, request, signal);
      } catch (error) {
        // The pipelines of this release are not there yet, or the index was changed a moment ago.
        if (isPipelineMissing(error)) await indices.prepare(signal, true);
        else if (request.vector && statusOf(error) === 400) indices.refresh(scope);
        else throw error;
        return searchAsItIs(scope, request, signal);
      }
    },
    async count(tenant, signal) {
      const [documents, chunks] = await Promise.all([
        countRows(tenant, 'document', signal),
        countRows(tenant, 'chunk', signal),
      ]);
      return { documents, chunks };
    },
    reindex,
    async drop(tenant, signal) {
      for (const { name, incarnation } of await indices.list(tenant.tenantId, signal)) {
        // Names are never used again, so that this can't be a later incarnation's; what has none is nobody's.
        if (incarnation === tenant.incarnation || incarnation === '') await indices.remove(name, signal);
      }
    },
    async close() {
      sweeper.close();
      await transport.close();
    },
  };
}
