import * as v from 'valibot';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { Embed, NewDocument } from '../engine.ts';
import { toIndexedText } from '../indexed-text.ts';
import { findRows } from './find-rows.ts';
import { ownRows } from './query.ts';
import { DocumentRows, documentFields, type DocumentRow } from './rows.ts';
import type { VectorSpace } from './schema.ts';
import type { Transport } from './transport.ts';
import type { Writer } from './write-documents.ts';

interface RefitDeps {
  transport: Transport;
  writer: Writer;
  vectors: VectorSpace;
}

const pageSize = 20;
const chunkPageSize = 500;

const hitsOf = <Source extends v.GenericSchema>(source: Source) =>
  v.object({ hits: v.object({ hits: v.array(v.object({ _source: source })) }) });
const Owners = hitsOf(v.object({ document_id: v.string() }));
const Fingerprinted = hitsOf(v.object({ fingerprint: v.string(), text: v.string() }));
const Pieces = hitsOf(
  v.object({ chunk: v.number(), start: v.number(), end: v.number(), headings: v.array(v.string()), text: v.string() }),
);

/**
 * Gives documents their vectors that were written without, by processes that did not know yet of the index's
 * embedder or had another one: writes them anew, unless they were replaced meanwhile. Yields after each.
 */
export async function* refitVectors(
  { transport, writer, vectors }: RefitDeps,
  tenant: TenantRef,
  embed: Embed,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const tried = new Set<string>();
  const find = <Schema extends v.GenericSchema>(schema: Schema, body: object) =>
    findRows(transport, tenant, schema, body, signal);

  async function findPieces(write: string, count: number) {
    const pieces: v.InferOutput<typeof Pieces>['hits']['hits'][number]['_source'][] = [];
    for (let from = 0; from < count; from += chunkPageSize) {
      const range = { range: { chunk: { gte: from, lt: from + chunkPageSize } } };
      const query = { bool: { filter: [...ownRows(tenant, 'chunk'), { term: { write } }, range] } };
      const page = await find(Pieces, { query, size: chunkPageSize, sort: [{ chunk: 'asc' }] });
      pieces.push(...(page?.hits.hits.map(({ _source }) => _source) ?? []));
    }
    return pieces;
  }

  /** The document as it would be written now; `undefined` where it was replaced while it was read. */
  async function readDocument(row: DocumentRow): Promise<NewDocument | undefined> {
    const query = { bool: { filter: [...ownRows(tenant, 'document'), { term: { write: row.write } }] } };
    const whole = (await find(Fingerprinted, { query, size: 1 }))?.hits.hits[0]?._source;
    const pieces = await findPieces(row.write, row.chunks);
    if (!whole || pieces.length !== row.chunks) return undefined;
    const embeddings = await embed(
      pieces.map((piece) => toIndexedText(row.title, piece)),
      signal,
    );
    return {
      id: row.document_id,
      title: row.title,
      mediaType: row.media_type,
      metadata: row.metadata,
      groups: row.groups,
      contentHash: row.content_hash,
      fingerprint: whole.fingerprint,
      text: whole.text,
      pieces: pieces.map((piece, index) => ({
        ...piece,
        ...(embeddings[index] ? { embedding: embeddings[index] } : {}),
      })),
      embedder: vectors.embedder,
    };
  }

  for (;;) {
    const isOutdated = { bool: { must_not: [{ term: { embedder: vectors.embedder } }] } };
    const known = { bool: { must_not: [{ terms: { document_id: [...tried] } }] } };
    const filter = [...ownRows(tenant, 'chunk'), isOutdated, ...(tried.size > 0 ? [known] : [])];
    const owners = await find(Owners, { query: { bool: { filter } }, size: pageSize, _source: ['document_id'] });
    const ids = [...new Set(owners?.hits.hits.map(({ _source }) => _source.document_id))];
    if (ids.length === 0) return;
    for (const id of ids) tried.add(id);
    const query = { bool: { filter: [...ownRows(tenant, 'document'), { terms: { document_id: ids } }] } };
    const rows = await find(DocumentRows, { query, size: ids.length, _source: documentFields });
    for (const { _source: row } of rows?.hits.hits ?? []) {
      const document = await readDocument(row);
      if (!document) continue;
      await writer.upsert(tenant, [document], signal, { expected: new Map([[row.document_id, row.write]]) });
      yield row.document_id;
    }
  }
}
