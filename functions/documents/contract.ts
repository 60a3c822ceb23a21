import * as v from 'valibot';
import { problems } from '#lib/core/api-error.ts';
import { DocumentBodySchema, DocumentIdSchema, DocumentInputSchema } from '#lib/documents/document.ts';
import { defineRoute } from '#lib/http/contract.ts';

export { DocumentBodySchema };

export const DocumentParam = v.object({ id: DocumentIdSchema });

export const ListQuery = v.strictObject({
  limit: v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,4}$/, 'must be a number'), v.transform(Number), v.minValue(1), v.maxValue(1_000)),
    '100',
  ),
  cursor: v.optional(v.pipe(v.string(), v.maxLength(1_000))),
});

const BatchRequest = v.strictObject({
  documents: v.pipe(v.array(DocumentInputSchema), v.minLength(1), v.maxLength(1_000)),
});

const IngestResult = v.strictObject({
  id: v.string(),
  status: v.picklist(['created', 'updated', 'unchanged', 'failed']),
  chunks: v.number(),
  error: v.optional(v.strictObject({ code: v.picklist(Object.keys(problems)), detail: v.string() })),
});

export const BatchResponse = v.strictObject({ results: v.array(IngestResult) });

export const DocumentResponse = v.strictObject({
  id: v.string(),
  title: v.string(),
  media_type: v.string(),
  metadata: v.record(v.string(), v.unknown()),
  groups: v.array(v.string()),
  chunks: v.number(),
  content_hash: v.string(),
  created_at: v.pipe(v.string(), v.isoTimestamp()),
  updated_at: v.pipe(v.string(), v.isoTimestamp()),
});

export const ListResponse = v.strictObject({
  documents: v.array(DocumentResponse),
  next_cursor: v.optional(v.string()),
});

const read = { permission: 'documents:read', within: 'tenant' } as const;
const write = { permission: 'documents:write', within: 'tenant' } as const;

export const routes = [
  defineRoute({
    method: 'post',
    path: '/v1/documents',
    operation: 'ingestDocuments',
    summary: 'Store and index documents; one result each',
    access: write,
    json: BatchRequest,
    accepts: ['application/x-ndjson', 'multipart/form-data'],
    responses: {
      200: {
        description: 'What became of each; with `Accept: text/event-stream` one event each, as they are done',
        schema: BatchResponse,
        also: ['text/event-stream'],
      },
    },
    isIdempotent: true,
    isAdmitted: true,
    errors: ['overloaded', 'search_unavailable', 'storage_full'],
  }),
  defineRoute({
    method: 'get',
    path: '/v1/documents',
    operation: 'listDocuments',
    summary: 'The documents that the caller may see, in the order of their ids',
    access: read,
    query: ListQuery,
    responses: { 200: { description: 'A page of documents', schema: ListResponse } },
    isAdmitted: true,
    errors: ['search_unavailable'],
  }),
  defineRoute({
    method: 'put',
    path: '/v1/documents/:id',
    operation: 'putDocument',
    summary: 'Store or replace one document',
    access: write,
    json: DocumentBodySchema,
    param: DocumentParam,
    responses: {
      200: { description: 'The document was replaced, or is the same already', schema: IngestResult },
      201: { description: 'The document is new', schema: IngestResult },
    },
    isIdempotent: true,
    isAdmitted: true,
    errors: ['not_found', 'unprocessable_document', 'search_unavailable', 'storage_full'],
  }),
  defineRoute({
    method: 'get',
    path: '/v1/documents/:id',
    operation: 'getDocument',
    summary: 'What is known about a document',
    access: read,
    param: DocumentParam,
    responses: { 200: { description: 'The document', schema: DocumentResponse } },
    isAdmitted: true,
    errors: ['not_found', 'search_unavailable'],
  }),
  defineRoute({
    method: 'get',
    path: '/v1/documents/:id/text',
    operation: 'getDocumentText',
    summary: "A document's stored text, which citations' offsets point into",
    access: read,
    param: DocumentParam,
    responses: { 200: { description: 'The text', also: ['text/plain'] } },
    isAdmitted: true,
    errors: ['not_found', 'search_unavailable'],
  }),
  defineRoute({
    method: 'delete',
    path: '/v1/documents/:id',
    operation: 'removeDocument',
    summary: 'Delete a document; when the call returns no search finds it',
    access: write,
    param: DocumentParam,
    responses: { 204: { description: 'The document is gone' } },
    isIdempotent: true,
    isAdmitted: true,
    errors: ['not_found', 'search_unavailable'],
  }),
];
