import type { Context } from 'hono';
import type { createGetDocument, createGetDocumentText } from '#lib/documents/get-document.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { toDocumentSource } from '#lib/documents/document.ts';
import type { Ingest, IngestResult } from '#lib/documents/ingest.ts';
import type { createListDocuments } from '#lib/documents/list-documents.ts';
import { parseBatch } from '#lib/documents/parse-batch.ts';
import type { createRemoveDocument } from '#lib/documents/remove-document.ts';
import { toDocumentBody, toPageBody, toProgress, toProgressError } from '#lib/documents/wire.ts';
import type { TenantEnvironment } from '#lib/http/environment.ts';
import { createTenantApi } from '#lib/http/create-api.ts';
import type { HttpKit } from '#lib/http/kit.ts';
import type { ReceiveUpload } from '#lib/http/receive-upload.ts';
import { acceptsEventStream, sse } from '#lib/http/sse.ts';
import { json, param, query } from '#lib/http/validate.ts';
import { mentionsIn } from '#lib/tenancy/tenant-mention.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import { DocumentBodySchema, DocumentParam, ListQuery } from './contract.ts';

export interface DocumentsDeps {
  http: HttpKit;
  receiveUpload: ReceiveUpload;
  ingest: Ingest;
  getDocument: ReturnType<typeof createGetDocument>;
  getDocumentText: ReturnType<typeof createGetDocumentText>;
  listDocuments: ReturnType<typeof createListDocuments>;
  removeDocument: ReturnType<typeof createRemoveDocument>;
}

/** The one result of a single document; a failed one is the request's failure. */
function requireStored([result]: IngestResult[]): IngestResult {
  if (!result) throw new Error('The document has no result');
  if (result.error) throw new ApiError(result.error.code, result.error.detail);
  return result;
}

/** The documents of the body, each with its result as it comes; the body is let go of with the last one. */
async function receive(deps: DocumentsDeps, c: Context<TenantEnvironment>) {
  const { scope, actor } = c.var;
  requirePermission(scope, 'documents:write');
  const { bytes, release } = await deps.receiveUpload(c.req.raw, c.var.signal);
  try {
    const { sources, mentions } = await parseBatch(c.req.header('content-type') ?? '', bytes);
    for (const named of mentionsIn(mentions)) deps.http.checkMention(actor, 'body', named);
    c.var.log['documents'] = sources.length;
    const results = async function* (signal: AbortSignal): AsyncGenerator<IngestResult> {
      try {
        yield* deps.ingest(scope, sources, signal);
      } finally {
        release();
      }
    };
    return { results, total: sources.length };
  } catch (error) {
    release();
    throw error;
  }
}

export const createDocumentsApp = (deps: DocumentsDeps) =>
  createTenantApi(deps.http, 'documents')
    .post('/v1/documents', async (c) => {
      const { results, total } = await receive(deps, c);
      if (!acceptsEventStream(c.req.header('accept')))
        return c.json({ results: await Array.fromAsync(results(c.var.signal)) });
      return sse(c, {
        produce: (signal) => toProgress(results(signal), total),
        toErrorEvent: toProgressError,
        metrics: deps.http.metrics,
      });
    })
    .get('/v1/documents', query(ListQuery), async (c) =>
      c.json(toPageBody(await deps.listDocuments(c.var.scope, c.req.valid('query'), c.var.signal))),
    )
    .put(
      '/v1/documents/:id',
      param(DocumentParam),
      json(deps.http, DocumentBodySchema, { receive: deps.receiveUpload }),
      async (c) => {
        const source = toDocumentSource({ ...c.req.valid('json'), id: c.req.valid('param').id });
        const result = requireStored(await Array.fromAsync(deps.ingest(c.var.scope, [source], c.var.signal)));
        return c.json(result, result.status === 'created' ? 201 : 200);
      },
    )
    .get('/v1/documents/:id', param(DocumentParam), async (c) =>
      c.json(toDocumentBody(await deps.getDocument(c.var.scope, c.req.valid('param').id, c.var.signal))),
    )
    .get('/v1/documents/:id/text', param(DocumentParam), async (c) =>
      c.text(await deps.getDocumentText(c.var.scope, c.req.valid('param').id, c.var.signal)),
    )
    .delete('/v1/documents/:id', param(DocumentParam), async (c) => {
      await deps.removeDocument(c.var.scope, c.req.valid('param').id, c.var.signal);
      return c.body(null, 204);
    });
