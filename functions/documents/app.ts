import type { MiddlewareHandler } from 'hono';
import type * as v from 'valibot';
import type { createGetDocument, createGetDocumentText } from '#lib/documents/get-document.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { toDocumentSource } from '#lib/documents/document.ts';
import { toBatchContent } from '#lib/documents/batch-content.ts';
import type { Ingest, IngestResult } from '#lib/documents/ingest.ts';
import { toIngestDemand } from '#lib/documents/ingest-demand.ts';
import type { createListDocuments } from '#lib/documents/list-documents.ts';
import { parseBatch, type Batch } from '#lib/documents/parse-batch.ts';
import type { createRemoveDocument } from '#lib/documents/remove-document.ts';
import { toDocumentBody, toPageBody, toProgress, toProgressError } from '#lib/documents/wire.ts';
import type { TenantEnvironment } from '#lib/http/environment.ts';
import { admit, checkRate } from '#lib/http/admit.ts';
import { createTenantApi } from '#lib/http/create-api.ts';
import { idempotent, idempotentBy } from '#lib/http/idempotent.ts';
import type { HttpKit } from '#lib/http/kit.ts';
import type { ReceiveUpload } from '#lib/http/receive-upload.ts';
import { acceptsEventStream } from '#lib/http/accepts.ts';
import { sse } from '#lib/http/sse.ts';
import { json, param, query } from '#lib/http/validate.ts';
import type { EmbeddingDemand } from '#lib/llm/embedding-demand.ts';
import { mentionsIn } from '#lib/tenancy/tenant-mention.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import { DocumentBodySchema, DocumentParam, ListQuery } from './contract.ts';

export interface DocumentsDeps {
  http: HttpKit;
  receiveUpload: ReceiveUpload;
  toEmbeddingDemand: EmbeddingDemand;
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

type BatchInput = { out: { form: Batch } };
type DocumentInput = { out: { json: v.InferOutput<typeof DocumentBodySchema> } };

/** The documents of the body, which is in memory until the response is complete. */
const receive =
  ({ http, receiveUpload }: DocumentsDeps): MiddlewareHandler<TenantEnvironment, string, BatchInput> =>
  async (c, next) => {
    const { scope, actor } = c.var;
    requirePermission(scope, 'documents:write');
    const { bytes, release } = await receiveUpload(c.req.raw, c.var.signal, actor);
    try {
      const batch = await parseBatch(c.req.header('content-type') ?? '', bytes);
      for (const named of mentionsIn(batch.mentions)) http.checkMention(actor, 'body', named);
      c.var.log['documents'] = batch.sources.length;
      c.req.addValidatedData('form', batch);
      await next();
    } finally {
      const done = c.get('done');
      if (done) c.set('done', done.finally(release));
      else release();
    }
  };

/** What embeds nothing costs nothing, and counts all the same. */
const admitFor = ({ http, toEmbeddingDemand }: DocumentsDeps, permission: 'documents:read' | 'documents:write') =>
  admit(http, 'documents', (c) => {
    requirePermission(c.var.scope, permission);
    return toEmbeddingDemand(0);
  });

export const createDocumentsApp = (deps: DocumentsDeps) =>
  createTenantApi(deps.http, 'documents')
    .post(
      '/v1/documents',
      checkRate(deps.http),
      receive(deps),
      idempotentBy<BatchInput>(deps.http, (c) => toBatchContent(c.req.valid('form').sources)),
      admit<BatchInput>(deps.http, 'documents', (c) =>
        toIngestDemand(deps.toEmbeddingDemand, c.req.valid('form').sources),
      ),
      async (c) => {
        const { sources } = c.req.valid('form');
        const { scope } = c.var;
        if (!acceptsEventStream(c.req.header('accept')))
          return c.json({ results: await Array.fromAsync(deps.ingest(scope, sources, c.var.signal)) });
        return sse(c, {
          produce: (signal) => toProgress(deps.ingest(scope, sources, signal), sources.length),
          toErrorEvent: toProgressError,
          metrics: deps.http.metrics,
        });
      },
    )
    .get('/v1/documents', checkRate(deps.http), query(ListQuery), admitFor(deps, 'documents:read'), async (c) =>
      c.json(toPageBody(await deps.listDocuments(c.var.scope, c.req.valid('query'), c.var.signal))),
    )
    .put(
      '/v1/documents/:id',
      param(DocumentParam),
      checkRate(deps.http),
      json(deps.http, DocumentBodySchema, { receive: deps.receiveUpload }),
      idempotent(deps.http),
      admit<DocumentInput>(deps.http, 'documents', (c) => {
        requirePermission(c.var.scope, 'documents:write');
        return toIngestDemand(deps.toEmbeddingDemand, [toDocumentSource(c.req.valid('json'))]);
      }),
      async (c) => {
        const source = toDocumentSource({ ...c.req.valid('json'), id: c.req.valid('param').id });
        const result = requireStored(await Array.fromAsync(deps.ingest(c.var.scope, [source], c.var.signal)));
        return c.json(result, result.status === 'created' ? 201 : 200);
      },
    )
    .get('/v1/documents/:id', checkRate(deps.http), param(DocumentParam), admitFor(deps, 'documents:read'), async (c) =>
      c.json(toDocumentBody(await deps.getDocument(c.var.scope, c.req.valid('param').id, c.var.signal))),
    )
    .get(
      '/v1/documents/:id/text',
      checkRate(deps.http),
      param(DocumentParam),
      admitFor(deps, 'documents:read'),
      async (c) => c.text(await deps.getDocumentText(c.var.scope, c.req.valid('param').id, c.var.signal)),
    )
    .delete(
      '/v1/documents/:id',
      checkRate(deps.http),
      param(DocumentParam),
      idempotent(deps.http),
      admitFor(deps, 'documents:write'),
      async (c) => {
        await deps.removeDocument(c.var.scope, c.req.valid('param').id, c.var.signal);
        return c.body(null, 204);
      },
    );
