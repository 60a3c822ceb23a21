import { createEmbeddingDemand } from '#lib/llm/embedding-demand.ts';
import type { Retrieval } from '#lib/retrieval/create-retrieval.ts';
import { createSearchDocuments } from '#lib/retrieval/search-documents.ts';
import type { Foundation } from '../foundation.ts';
import type { SearchDeps } from './app.ts';

export const createSearchDeps = (
  { http, guardrails, audit }: Foundation,
  { retrieve, embedder }: Pick<Retrieval, 'retrieve' | 'embedder'>,
): SearchDeps => ({
  http,
  toDemand: createEmbeddingDemand(embedder?.model, Date.now),
  searchDocuments: createSearchDocuments({ retrieve, guardrails, audit }),
});
