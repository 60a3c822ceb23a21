import type { Retrieval } from '#lib/retrieval/create-retrieval.ts';
import { createSearchDocuments } from '#lib/retrieval/search-documents.ts';
import type { Foundation } from '../foundation.ts';
import type { SearchDeps } from './app.ts';

export const createSearchDeps = (
  { http, audit }: Foundation,
  { retrieve }: Pick<Retrieval, 'retrieve'>,
): SearchDeps => ({
  http,
  searchDocuments: createSearchDocuments({ retrieve, audit }),
});
