/** Grows when settings, mappings or pipelines change: a tenant's index of an earlier version is re-indexed. */
export const schemaVersion = 1;

export const templateName = 'genai';
/** No tenant id holds a dot, so this fits the platform's indices only. */
const indexPattern = 'genai_*.v*';

/** Defaults of `PATCH /v1/tenants/{t}`'s weights have pipelines of their own; others travel with the query. */
export const pipelines = {
  'genai-words-v1': toWeightedPipeline([0.7, 0.3]),
  'genai-vectors-v1': toWeightedPipeline([0.5, 0.5]),
  'genai-rrf-v1': { phase_results_processors: [{ 'score-ranker-processor': { combination: { technique: 'rrf' } } }] },
} as const;

export function toWeightedPipeline(weights: readonly number[]) {
  return {
    phase_results_processors: [
      {
        'normalization-processor': {
          normalization: { technique: 'min_max' },
          // The weight of a clause alone would be 1, which the processor refuses for not being a fraction.
          combination: { technique: 'arithmetic_mean', ...(weights.length > 1 ? { parameters: { weights } } : {}) },
        },
      },
    ],
  };
}

const keyword = { type: 'keyword' };
/** Stored with the row, never searched. */
const stored = { type: 'keyword', index: false, doc_values: false };
const storedObject = { type: 'object', enabled: false };

const analysis = {
  filter: {
    english_possessive: { type: 'stemmer', language: 'possessive_english' },
    english_stop: { type: 'stop', stopwords: '_english_' },
    english_stem: { type: 'stemmer', language: 'english' },
    // Words shorter than a gram stay as they are; of longer ones the grams alone.
    grams: { type: 'ngram', min_gram: 4, max_gram: 5, preserve_original: true },
    no_longer_than_grams: { type: 'length', max: 5 },
  },
  analyzer: {
    /** OpenSearch's `english`, which folds no diacritics, with that. */
    words: {
      type: 'custom',
      tokenizer: 'standard',
      filter: ['english_possessive', 'lowercase', 'asciifolding', 'english_stop', 'english_stem'],
    },
    grams: {
      type: 'custom',
      tokenizer: 'standard',
      filter: ['cjk_width', 'lowercase', 'asciifolding', 'cjk_bigram', 'english_stop', 'grams', 'no_longer_than_grams'],
    },
  },
};

const properties = {
  /** `document`, `chunk` or `ledger`. */
  kind: keyword,
  tenant_id: keyword,
  incarnation: keyword,
  document_id: keyword,
  /** Which write the row belongs to; the ledger names those that are not to be seen. */
  write: keyword,
  groups: keyword,
  is_restricted: { type: 'boolean' },
  facts: keyword,
  title: stored,
  media_type: stored,
  metadata: storedObject,
  content_hash: stored,
  fingerprint: stored,
  chunks: { type: 'integer' },
  created_at: { type: 'date' },
  updated_at: { type: 'date' },
  chunk: { type: 'integer' },
  start: { type: 'integer' },
  end: { type: 'integer' },
  headings: stored,
  text: stored,
  content: { type: 'text', analyzer: 'words', fields: { grams: { type: 'text', analyzer: 'grams' } } },
  embedder: keyword,
  /** The ledger's. */
  entries: storedObject,
  batches: storedObject,
  hold: storedObject,
};

const mappings = {
  dynamic: 'strict',
  // What is searched need not be stored again: it is made of the title, the headings and the text.
  _source: { excludes: ['content'] },
  properties,
};

/** The index template: everything that does not depend on the tenant or the embedder. */
export const indexTemplate = ({ replicas }: { replicas: number }) => ({
  index_patterns: [indexPattern],
  version: schemaVersion,
  priority: 100,
  template: {
    settings: {
      number_of_shards: 1,
      number_of_replicas: replicas,
      // A copy that follows segment by segment would read an old ledger, and show what was not committed.
      'replication.type': 'DOCUMENT',
      // Every write makes itself visible; between writes there is nothing to refresh.
      refresh_interval: '-1',
      'search.default_pipeline': 'genai-words-v1',
      // How deep pages may lead, three times over for those grouped by document.
      max_result_window: 10_000,
      max_ngram_diff: 1,
      analysis,
    },
    mappings,
  },
});

export interface VectorSpace {
  /** Identity of the model that makes the vectors. */
  embedder: string;
  dimensions: number;
}

interface IndexOptions {
  aliases: readonly string[];
  incarnation: string;
  vectors: VectorSpace | undefined;
  knnEngine: string;
}

/** One tenant's index: its aliases, whose it is, and the vectors it can hold. */
export const toIndexBody = ({ aliases, incarnation, vectors, knnEngine }: IndexOptions) => ({
  aliases: Object.fromEntries(aliases.map((alias) => [alias, {}])),
  settings: vectors ? { 'index.knn': true } : {},
  mappings: {
    _meta: { schema: schemaVersion, incarnation, embedder: vectors?.embedder ?? null },
    properties: vectors
      ? {
          embedding: {
            type: 'knn_vector',
            dimension: vectors.dimensions,
            // Written out: the default is faiss, whose native library not every distribution holds.
            method: { name: 'hnsw', engine: knnEngine, space_type: 'cosinesimil' },
          },
        }
      : {},
  },
});
