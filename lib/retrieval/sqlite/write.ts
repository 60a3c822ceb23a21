import { setImmediate } from 'node:timers/promises';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { NewDocument } from '../engine.ts';
import { toIndexedText } from '../indexed-text.ts';
import { flattenMetadata } from '../filter.ts';
import { toIndexGrams } from '../terms.ts';
import type { Connection } from './databases.ts';
import { toChunkRow } from './schema.ts';

/** Chunks written before other requests get a turn: about 20 ms of work. */
const sliceSize = 32;

export const toBlob = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Removes what belongs to a document, but its own row. */
export function removeContent({ run }: Connection, documentRow: number): void {
  const chunks = { first: toChunkRow(documentRow, 0), end: toChunkRow(documentRow + 1, 0) };
  for (const table of ['lexical', 'ngram']) {
    run(`DELETE FROM ${table} WHERE rowid IN (SELECT row FROM chunk WHERE row >= :first AND row < :end)`, chunks);
  }
  for (const table of ['chunk', 'document_text', 'document_group', 'document_field']) {
    run(`DELETE FROM ${table} WHERE document = :document`, { document: documentRow });
  }
}

function writeDocument(connection: Connection, scope: TenantScope, document: NewDocument, time: string): number {
  const { id, title, mediaType, metadata, groups, contentHash, fingerprint, embedder, pieces, text } = document;
  const { prepare, run } = connection;
  const written = prepare(
    `INSERT INTO document (tenant_id, id, title, media_type, metadata, groups, is_restricted, content_hash, fingerprint, embedder, chunks, created_at, updated_at)
     VALUES (:tenant_id, :id, :title, :media_type, :metadata, :groups, :is_restricted, :content_hash, :fingerprint, :embedder, :chunks, :time, :time)
     ON CONFLICT (id) DO UPDATE SET title = excluded.title, media_type = excluded.media_type, metadata = excluded.metadata,
       groups = excluded.groups, is_restricted = excluded.is_restricted, content_hash = excluded.content_hash,
       fingerprint = excluded.fingerprint, embedder = excluded.embedder, chunks = excluded.chunks, updated_at = excluded.updated_at
     RETURNING row`,
  ).get({
    tenant_id: scope.tenantId,
    id,
    title,
    media_type: mediaType,
    metadata: JSON.stringify(metadata),
    groups: JSON.stringify(groups),
    is_restricted: groups.length > 0 ? 1 : 0,
    content_hash: contentHash,
    fingerprint,
    embedder: embedder ?? null,
    chunks: pieces.length,
    time,
  });
  const row = Number(written?.['row']);
  removeContent(connection, row);
  run('INSERT INTO document_text (document, text) VALUES (:row, :text)', { row, text });
  for (const name of new Set(groups)) {
    run('INSERT INTO document_group (document, name) VALUES (:row, :name)', { row, name });
  }
  for (const { field, value } of flattenMetadata(metadata)) {
    const number = typeof value === 'number' ? value : null;
    const values = { row, field, text: String(value), number };
    run('INSERT INTO document_field (document, field, text, number) VALUES (:row, :field, :text, :number)', values);
  }
  return row;
}

/** Writes one document; between slices of its chunks the process answers other requests. */
export async function write(
  connection: Connection,
  scope: TenantScope,
  document: NewDocument,
  time: string,
  signal: AbortSignal,
): Promise<void> {
  const { run } = connection;
  const documentRow = writeDocument(connection, scope, document, time);
  for (const [position, chunk] of document.pieces.entries()) {
    if (position % sliceSize === sliceSize - 1) {
      await setImmediate();
      signal.throwIfAborted();
    }
    const { start, end, text, embedding } = chunk;
    const row = toChunkRow(documentRow, position);
    const indexed = toIndexedText(document.title, chunk);
    const blob = embedding ? toBlob(embedding) : null;
    run(
      'INSERT INTO chunk (row, document, start, end, headings, text, embedding) VALUES (:row, :documentRow, :start, :end, :headings, :text, :blob)',
      { row, documentRow, start, end, headings: JSON.stringify(chunk.headings), text, blob },
    );
    run('INSERT INTO lexical (rowid, content) VALUES (:row, :indexed)', { row, indexed });
    run('INSERT INTO ngram (rowid, content) VALUES (:row, :grams)', { row, grams: toIndexGrams(indexed).join(' ') });
  }
}
