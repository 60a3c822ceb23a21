import type * as v from 'valibot';
import { admit, checkRate } from '#lib/http/admit.ts';
import { createTenantApi } from '#lib/http/create-api.ts';
import type { HttpKit } from '#lib/http/kit.ts';
import { json } from '#lib/http/validate.ts';
import type { EmbeddingDemand } from '#lib/llm/embedding-demand.ts';
import { highlight } from '#lib/retrieval/highlight.ts';
import type { createSearchDocuments, SearchPage } from '#lib/retrieval/search-documents.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import { SearchRequest } from './contract.ts';

export interface SearchDeps {
  http: HttpKit;
  toDemand: EmbeddingDemand;
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

type Asked = { out: { json: v.InferOutput<typeof SearchRequest> } };

export const createSearchApp = ({ http, toDemand, searchDocuments }: SearchDeps) =>
  createTenantApi(http, 'search').post(
    '/v1/search',
    checkRate(http),
    json(http, SearchRequest),
    admit<Asked>(http, 'search', (c) => {
      requirePermission(c.var.scope, 'search:read');
      return toDemand(Buffer.byteLength(c.req.valid('json').query));
    }),
    async (c) => {
      const request = c.req.valid('json');
      const started = http.now();
      const { group_by: groupBy, highlight: _, ...rest } = request;
      const page = await searchDocuments(c.var.scope, { ...rest, groupBy, cursor: request.cursor }, c.var.signal);
      c.var.log['docs_retrieved'] = page.hits.length;
      return c.json(toBody(page, request, http.now() - started));
    },
  );
