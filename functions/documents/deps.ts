import { createGetDocument, createGetDocumentText } from '#lib/documents/get-document.ts';
import { createIngest } from '#lib/documents/ingest.ts';
import { createListDocuments } from '#lib/documents/list-documents.ts';
import type { Preparer } from '#lib/documents/preparer.ts';
import { createRemoveDocument } from '#lib/documents/remove-document.ts';
import { createEmbeddingDemand } from '#lib/llm/embedding-demand.ts';
import { createReceiveUpload } from '#lib/http/receive-upload.ts';
import type { Retrieval } from '#lib/retrieval/create-retrieval.ts';
import type { Foundation } from '../foundation.ts';
import type { DocumentsDeps } from './app.ts';

export function createDocumentsDeps(
  foundation: Foundation,
  { engine, embedder }: Pick<Retrieval, 'engine' | 'embedder'>,
  preparer: Preparer,
): DocumentsDeps {
  const deps = { ...foundation, engine, embedder, preparer };
  return {
    http: foundation.http,
    receiveUpload: createReceiveUpload(),
    toEmbeddingDemand: createEmbeddingDemand(embedder?.model, Date.now),
    ingest: createIngest(deps),
    getDocument: createGetDocument(deps),
    getDocumentText: createGetDocumentText(deps),
    listDocuments: createListDocuments(deps),
    removeDocument: createRemoveDocument(deps),
  };
}
