import { withTimeout } from '#lib/core/abort.ts';
import { invalidRequest } from '#lib/core/api-error.ts';
import type { Embedder } from '#lib/llm/embedder.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import { withSpan } from '#lib/telemetry/tracing/span.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { Tripwire } from '#lib/tenancy/tripwire.ts';
import { lexicalWeights, type ClauseWeights } from './engine.ts';
import type { Fusion, QueryVector, SearchEngine, SearchMode, SearchResult } from './engine.ts';
import type { Filter } from './filter.ts';

export interface RetrieveDeps {
  engine: SearchEngine;
  tripwire: Tripwire;
  embedder: Embedder | undefined;
  logger: Logger;
}

export interface RetrieveInput {
  query: string;
  mode: SearchMode;
  filter: Filter;
  offset: number;
  limit: number;
  groupBy: 'chunk' | 'document';
  fusion?: Fusion;
  explain?: boolean;
  compare?: boolean;
}

/** Finds what the scope may see. The caller has checked the permission. */
export type Retrieve = (scope: TenantScope, input: RetrieveInput, signal: AbortSignal) => Promise<SearchResult>;

/** Measured as the weights without vectors. */
const vectorWeights: ClauseWeights = { lexical: 0.5, ngram: 0, vector: 0.5 };

/** The tenant's own weights; those of clauses that a search without vectors can't have count for nothing. */
function toWeights({ retrieval }: TenantScope, vector: QueryVector | undefined): ClauseWeights {
  const own = retrieval?.weights;
  if (!own) return vector ? vectorWeights : lexicalWeights;
  if (vector) return own;
  return own.lexical + own.ngram > 0 ? { ...own, vector: 0 } : lexicalWeights;
}

/** A query waits no longer for its vector; documents may. */
const vectorTimeout = 1_500;

/**
 * A hybrid search whose query gets no vector goes on without, marked as degraded. Throws
 * `invalid_request` for vectors where no embedder is configured, `search_unavailable`, and for a
 * search by vectors alone the embedder's errors.
 */
export function createRetrieve({ engine, tripwire, embedder, logger }: RetrieveDeps): Retrieve {
  async function embedQuery(
    scope: TenantScope,
    { query, mode }: RetrieveInput,
    signal: AbortSignal,
  ): Promise<QueryVector | undefined> {
    if (!embedder || mode === 'lexical') return undefined;
    try {
      const [values] = await embedder.embed(scope, [query], withTimeout(signal, vectorTimeout));
      return values && { values, embedder: embedder.identity };
    } catch (error) {
      signal.throwIfAborted();
      if (mode === 'vector') throw error;
      logger.warn({ event: 'embedding_failed', tenant_id: scope.tenantId, request_id: scope.origin.requestId, error });
      return undefined;
    }
  }

  async function search(scope: TenantScope, input: RetrieveInput, signal: AbortSignal): Promise<SearchResult> {
    if (input.mode === 'vector' && !embedder) {
      throw invalidRequest('mode', 'needs an embedding model, none is configured');
    }
    scope.usage.countSearch();
    const vector = await embedQuery(scope, input, signal);
    const request = { fusion: 'weighted', explain: false, compare: false, ...input, vector } as const;
    const result = await engine.search(scope, { ...request, weights: toWeights(scope, vector) }, signal);
    tripwire(scope, result.hits);
    const isWithoutVector = embedder !== undefined && input.mode === 'hybrid' && !vector;
    return isWithoutVector ? { ...result, isDegraded: true } : result;
  }

  return (scope, input, signal) =>
    withSpan('retrieval', { attributes: { 'genai.retrieval.mode': input.mode } }, async (span) => {
      const result = await search(scope, input, signal);
      span.set({ 'genai.retrieval.hits': result.hits.length, 'genai.degraded': result.isDegraded });
      return result;
    });
}
