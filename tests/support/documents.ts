import { sha256Hex } from '#lib/core/digest.ts';
import { toChunks } from '#lib/documents/chunk.ts';
import { extractText } from '#lib/documents/extract/text.ts';
import type { NewDocument, SearchRequest } from '#lib/retrieval/engine.ts';

/** A document as ingestion hands it to an engine. */
export function toNewDocument(id: string, text: string, changes: Partial<NewDocument> = {}): NewDocument {
  return {
    id,
    title: `Title of ${id}`,
    mediaType: 'text/plain',
    metadata: {},
    groups: [],
    contentHash: sha256Hex(text),
    fingerprint: sha256Hex(`${id}:${text}`),
    text,
    pieces: toChunks(extractText(text)),
    embedder: undefined,
    ...changes,
  };
}

export const toSearch = (query: string, changes: Partial<SearchRequest> = {}): SearchRequest => ({
  query,
  vector: undefined,
  mode: 'hybrid',
  filter: {},
  offset: 0,
  limit: 10,
  groupBy: 'chunk',
  weights: { lexical: 0.7, ngram: 0.3, vector: 0 },
  fusion: 'weighted',
  explain: false,
  compare: false,
  ...changes,
});
