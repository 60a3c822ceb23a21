import { ApiError } from '#lib/core/api-error.ts';
import type { Embedder } from '#lib/llm/embedder.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { Tripwire } from '#lib/tenancy/tripwire.ts';
import type { ClauseWeights, SearchEngine, SearchMode, SearchResult } from './engine.ts';
import type { Filter } from './filter.ts';

export interface RetrieveDeps {
  engine: SearchEngine;
  tripwire: Tripwire;
  embedder: Embedder | undefined;
}

export interface RetrieveInput {
  query: string;
  mode: SearchMode;
  filter: Filter;
  offset: number;
  limit: number;
  groupBy: 'chunk' | 'document';
}

/** Finds what the scope may see. The caller has checked the permission. */
export type Retrieve = (scope: TenantScope, input: RetrieveInput, signal: AbortSignal) => Promise<SearchResult>;

/** Measured on SciFact's train claims: see `docs/architecture.md`, retrieval. */
const lexicalWeights: ClauseWeights = { lexical: 0.7, ngram: 0.3, vector: 0 };
const vectorWeights: ClauseWeights = { lexical: 0.5, ngram: 0, vector: 0.5 };

/** Throws `invalid_request` for vectors where no embedder is configured, `search_unavailable`, the embedder's errors. */
export function createRetrieve({ engine, tripwire, embedder }: RetrieveDeps): Retrieve {
  return async (scope, input, signal) => {
    if (input.mode === 'vector' && !embedder) {
      throw new ApiError('invalid_request', undefined, {
        errors: [{ path: 'mode', message: 'needs an embedding model, none is configured' }],
      });
    }
    const [vector] = embedder && input.mode !== 'lexical' ? await embedder.embed([input.query], signal) : [];
    const weights = vector ? vectorWeights : lexicalWeights;
    const result = await engine.search(scope, { ...input, vector, weights }, signal);
    tripwire(scope, result.hits);
    return result;
  };
}
