import { toChunks } from '#lib/documents/chunk.ts';
import { extractText } from '#lib/documents/extract/text.ts';
import type { NewDocument } from '#lib/retrieval/engine.ts';
import { chunkRowId, documentRowId, toChunkRow, toDocumentRow } from '#lib/retrieval/opensearch/rows.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';

interface CorpusDocument {
  id: string;
  title: string;
  text: string;
}

export const toNewDocument = ({ id, title, text }: CorpusDocument): NewDocument => ({
  id,
  title,
  mediaType: 'text/plain',
  metadata: {},
  groups: [],
  contentHash: 'x'.repeat(64),
  fingerprint: 'x'.repeat(64),
  text,
  pieces: toChunks(extractText(text)),
  embedder: undefined,
});

/** The bodies that the platform would send for the batch. */
export function toBulkBody(scope: TenantScope, batch: readonly NewDocument[], round: number): string {
  const time = new Date().toISOString();
  const lines = batch.flatMap((document) => {
    const write = `bench-${round}-${document.id}`;
    const rows = [
      { id: documentRowId(write), source: toDocumentRow(scope, document, write, { createdAt: time, updatedAt: time }) },
      ...document.pieces.map((chunk, position) => ({
        id: chunkRowId(write, position),
        source: toChunkRow(scope, document, write, chunk, position),
      })),
    ];
    return rows.map(({ id, source }) => `{"index":{"_id":${JSON.stringify(id)}}}\n${JSON.stringify(source)}\n`);
  });
  return lines.join('');
}
