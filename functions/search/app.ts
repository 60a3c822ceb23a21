import type * as v from 'valibot';
import { createTenantApi } from '#lib/http/create-api.ts';
import type { HttpKit } from '#lib/http/kit.ts';
import { json } from '#lib/http/validate.ts';
import { highlight } from '#lib/retrieval/highlight.ts';
import type { createSearchDocuments, SearchPage } from '#lib/retrieval/search-documents.ts';
import { SearchRequest } from './contract.ts';

export interface SearchDeps {
  http: HttpKit;
  searchDocuments: ReturnType<typeof createSearchDocuments>;
}

function toBody(
  { hits, nextCursor, isDegraded }: SearchPage,
  request: v.InferOutput<typeof SearchRequest>,
  milliseconds: number,
) {
  return {
    hits: hits.map(({ documentId, chunk, title, text, start, end, score, metadata, clauses }) => ({
      document_id: documentId,
      chunk,
      title,
      text,
      start,
      end,
      score,
      metadata,
      ...(request.highlight ? { highlights: highlight(text, request.query) } : {}),
      ...(request.explain ? { explanation: clauses } : {}),
    })),
    mode: request.mode,
    took_ms: milliseconds,
    ...(isDegraded ? { degraded: true } : {}),
    ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }),
  };
}

export const createSearchApp = ({ http, searchDocuments }: SearchDeps) =>
  createTenantApi(http, 'search').post('/v1/search', json(http, SearchRequest), async (c) => {
    const request = c.req.valid('json');
    const started = http.now();
    const { group_by: groupBy, highlight: _, ...rest } = request;
    const page = await searchDocuments(c.var.scope, { ...rest, groupBy, cursor: request.cursor }, c.var.signal);
    c.var.log['docs_retrieved'] = page.hits.length;
    return c.json(toBody(page, request, http.now() - started));
  });
