import * as v from 'valibot';
import { GroupsSchema } from '#lib/auth/api-key.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { Chunk, DocumentRecord, Hit, NewDocument } from '../engine.ts';
import { MetadataSchema } from '../filter.ts';
import { toIndexedText } from '../indexed-text.ts';
import { toFacts } from './facts.ts';

/** The id of a document's own row, and of its chunks' rows, within one write. */
export const documentRowId = (write: string): string => write;
export const chunkRowId = (write: string, position: number): string => `${write}.${position}`;

export interface Timestamps {
  createdAt: string;
  updatedAt: string;
}

/** What the rows of one document have in common. */
const toShared = (tenant: TenantRef, { id, groups, metadata, title, mediaType }: NewDocument, write: string) => ({
  tenant_id: tenant.tenantId,
  incarnation: tenant.incarnation,
  document_id: id,
  write,
  groups,
  is_restricted: groups.length > 0,
  facts: toFacts(metadata),
  title,
  media_type: mediaType,
  metadata,
});

export const toDocumentRow = (
  tenant: TenantRef,
  document: NewDocument,
  write: string,
  { createdAt, updatedAt }: Timestamps,
) => ({
  ...toShared(tenant, document, write),
  kind: 'document',
  content_hash: document.contentHash,
  fingerprint: document.fingerprint,
  chunks: document.pieces.length,
  created_at: createdAt,
  updated_at: updatedAt,
  text: document.text,
});

export const toChunkRow = (
  tenant: TenantRef,
  document: NewDocument,
  write: string,
  chunk: Chunk,
  position: number,
) => ({
  ...toShared(tenant, document, write),
  kind: 'chunk',
  chunk: position,
  start: chunk.start,
  end: chunk.end,
  headings: chunk.headings,
  text: chunk.text,
  content: toIndexedText(document.title, chunk),
  ...(chunk.embedding && document.embedder !== undefined
    ? { embedder: document.embedder, embedding: [...chunk.embedding] }
    : {}),
});

const found = <Source extends v.GenericSchema>(source: Source) =>
  v.object({ hits: v.object({ hits: v.array(v.object({ _source: source })) }) });

const DocumentSource = v.object({
  tenant_id: v.string(),
  document_id: v.string(),
  write: v.string(),
  title: v.string(),
  media_type: v.string(),
  metadata: MetadataSchema,
  groups: GroupsSchema,
  content_hash: v.string(),
  fingerprint: v.string(),
  chunks: v.number(),
  created_at: v.string(),
  updated_at: v.string(),
});
export type DocumentRow = v.InferOutput<typeof DocumentSource>;

export const DocumentRows = found(DocumentSource);
export const documentFields = Object.keys(DocumentSource.entries);
export const TextRows = found(v.object({ text: v.string() }));

export const toDocumentRecord = (row: DocumentRow): DocumentRecord => ({
  tenantId: row.tenant_id,
  id: row.document_id,
  title: row.title,
  mediaType: row.media_type,
  metadata: row.metadata,
  groups: row.groups,
  contentHash: row.content_hash,
  chunks: row.chunks,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const HitSource = v.object({
  tenant_id: v.string(),
  document_id: v.string(),
  write: v.string(),
  title: v.string(),
  media_type: v.string(),
  metadata: MetadataSchema,
  chunk: v.number(),
  start: v.number(),
  end: v.number(),
  text: v.string(),
  embedding: v.optional(v.array(v.number())),
});

const HitRow = v.object({
  _id: v.string(),
  _score: v.nullable(v.number()),
  _source: HitSource,
});
export type HitRow = v.InferOutput<typeof HitRow>;

export const SearchAnswer = v.object({
  timed_out: v.boolean(),
  _shards: v.object({ total: v.number(), failed: v.number() }),
  hits: v.object({ hits: v.array(HitRow) }),
});
export type SearchAnswer = v.InferOutput<typeof SearchAnswer>;

/** Which rows, and how well they fit; nothing of what they hold. */
export const ScoreAnswer = v.object({
  hits: v.object({ hits: v.array(v.object({ _id: v.string(), _score: v.nullable(v.number()) })) }),
});

export const toHit = (
  { _score, _source: row }: HitRow,
  { clauses, similarity }: Pick<Hit, 'clauses' | 'similarity'>,
): Hit => ({
  tenantId: row.tenant_id,
  documentId: row.document_id,
  title: row.title,
  mediaType: row.media_type,
  metadata: row.metadata,
  chunk: row.chunk,
  start: row.start,
  end: row.end,
  text: row.text,
  score: _score ?? 0,
  clauses,
  similarity,
});
