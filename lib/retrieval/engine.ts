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
  /** What made the pieces' embeddings; vectors of different embedders are never compared. */
  embedder: string | undefined;
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

/** Where there are no vectors. Measured on SciFact's train claims: see `docs/architecture.md`, retrieval. */
export const lexicalWeights: ClauseWeights = { lexical: 0.7, ngram: 0.3, vector: 0 };

/** Scores stretched to 0–1 and added by weight, or reciprocal ranks added. */
export type Fusion = 'weighted' | 'rrf';

export interface QueryVector {
  values: Float32Array;
  /** What made it: only chunks whose vector it made as well are compared. */
  embedder: string;
}

export interface SearchRequest {
  query: string;
  vector: QueryVector | undefined;
  mode: SearchMode;
  filter: Filter;
  offset: number;
  limit: number;
  groupBy: 'chunk' | 'document';
  weights: ClauseWeights;
  fusion: Fusion;
  /** Tell what each clause gave to a hit's score. */
  explain: boolean;
  /** Tell how near each hit's vector is to the query's. */
  compare: boolean;
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
  /** What each clause gave to the score, where that was asked for. */
  clauses: Partial<ClauseWeights>;
  /** Cosine of the chunk's and the query's vectors, where that was asked for. Not for clients. */
  similarity: number | undefined;
}

export interface SearchResult {
  hits: readonly Hit[];
  hasMore: boolean;
  /** Some of the index did not answer: true for a part of the answer only. */
  isDegraded: boolean;
}

export interface EngineCount {
  documents: number;
  chunks: number;
}

/** Vectors for the texts, in their order. */
export type Embed = (texts: readonly string[], signal: AbortSignal) => Promise<readonly Float32Array[]>;

export interface ReindexProgress {
  done: number;
  /** Documents to do, those that were done by an earlier run included. */
  total: number;
}

/**
 * A tenant's documents, searchable. Every method sees and touches the documents of the scope's tenant
 * only; reads further only those that its groups may see. A returned write is durable, visible to
 * every later call, and whole: no part of a document is ever visible without the rest.
 * Throws `search_unavailable`, `storage_full` or the signal's reason.
 */
export interface SearchEngine {
  /** How many documents, and characters of them, are best written together. */
  readonly batch: { documents: number; size: number };
  /** What is stored under the ids, visible or not. */
  findStates(scope: TenantScope, ids: readonly string[], signal: AbortSignal): Promise<Map<string, DocumentState>>;
  /** Writes or replaces documents; the ids are distinct. Gives what failed, by id: the rest is stored. */
  upsert(
    scope: TenantScope,
    documents: readonly NewDocument[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, unknown>>;
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
  /** What the tenant's incarnation has stored, whoever may see it; nothing once it was dropped. */
  count(tenant: TenantRef, signal: AbortSignal): Promise<EngineCount>;
  /**
   * Brings what is stored to the present form and the present embedder's vectors, while it is searched
   * and written. Ended before its end, it goes on from there when it is called again.
   */
  reindex(tenant: TenantRef, embed: Embed | undefined, signal: AbortSignal): AsyncGenerator<ReindexProgress>;
  /** Destroys all that the tenant's incarnation has stored. */
  drop(tenant: TenantRef, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
