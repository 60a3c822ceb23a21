import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { Filter, Metadata } from './filter.ts';

/** A piece of a document's text: `text` is exactly what stands from `start` to `end` (UTF-16 offsets). */
export interface Chunk {
  start: number;
  end: number;
  text: string;
  /** The headings above it, outermost first; indexed with the text, not part of it. */
  headings: readonly string[];
  /** Of length 1, as many numbers as `EMBEDDINGS_DIMENSIONS`. */
  embedding?: Float32Array;
}

export interface DocumentRecord {
  tenantId: string;
  id: string;
  title: string;
  mediaType: string;
  metadata: Metadata;
  /** Who may see it: members of one of the groups, or, where there are none, all of the tenant. */
  groups: readonly string[];
  contentHash: string;
  chunks: number;
  createdAt: string;
  updatedAt: string;
}

export interface NewDocument extends Omit<DocumentRecord, 'tenantId' | 'chunks' | 'createdAt' | 'updatedAt'> {
  /** Equal for equal input in full: source, title, metadata, groups and the way it was prepared. */
  fingerprint: string;
  text: string;
  pieces: readonly Chunk[];
}

export interface DocumentState {
  fingerprint: string;
  chunks: number;
  /** Whether the scope's groups let it see the document. */
  isVisible: boolean;
}

export type SearchMode = 'hybrid' | 'lexical' | 'vector';

/** Weights of the clauses in a hybrid search; only their ratio counts. */
export interface ClauseWeights {
  lexical: number;
  ngram: number;
  vector: number;
}

export interface SearchRequest {
  query: string;
  vector: Float32Array | undefined;
  mode: SearchMode;
  filter: Filter;
  offset: number;
  limit: number;
  groupBy: 'chunk' | 'document';
  weights: ClauseWeights;
}

export interface Hit {
  tenantId: string;
  documentId: string;
  title: string;
  mediaType: string;
  metadata: Metadata;
  /** The chunk's place in its document, from 0. */
  chunk: number;
  start: number;
  end: number;
  text: string;
  /** 0 to 1 within one answer; means nothing between answers. */
  score: number;
  /** What each clause gave to the score. */
  clauses: Partial<ClauseWeights>;
  /** Cosine of the chunk's and the query's vectors, where vectors were compared. Not for clients. */
  similarity: number | undefined;
}

export interface SearchResult {
  hits: readonly Hit[];
  hasMore: boolean;
  /** Some of the index did not answer: true for a part of the answer only. */
  isDegraded: boolean;
}

/**
 * A tenant's documents, searchable. Every method sees and touches the documents of the scope's tenant
 * only; reads further only those that its groups may see. A returned write is durable, visible to
 * every later call, and whole: no part of a document is ever visible without the rest.
 * Throws `search_unavailable`, `storage_full` or the signal's reason.
 */
export interface SearchEngine {
  /** What is stored under the ids, visible or not. */
  findStates(scope: TenantScope, ids: readonly string[], signal: AbortSignal): Promise<Map<string, DocumentState>>;
  /** Writes or replaces documents; the ids are distinct. */
  upsert(scope: TenantScope, documents: readonly NewDocument[], signal: AbortSignal): Promise<void>;
  find(scope: TenantScope, id: string, signal: AbortSignal): Promise<DocumentRecord | undefined>;
  findText(scope: TenantScope, id: string, signal: AbortSignal): Promise<string | undefined>;
  /** In code point order of the ids, those after `after`. */
  list(
    scope: TenantScope,
    page: { after: string | undefined; limit: number },
    signal: AbortSignal,
  ): Promise<DocumentRecord[]>;
  /** False where there was nothing to remove. */
  remove(scope: TenantScope, id: string, signal: AbortSignal): Promise<boolean>;
  search(scope: TenantScope, request: SearchRequest, signal: AbortSignal): Promise<SearchResult>;
  /** Destroys all that the tenant's incarnation has stored. */
  drop(tenant: TenantRef, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
