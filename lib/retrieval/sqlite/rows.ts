import * as v from 'valibot';
import { GroupsSchema } from '#lib/auth/api-key.ts';
import type { ClauseWeights, DocumentRecord, Hit } from '../engine.ts';
import { MetadataSchema } from '../filter.ts';
import type { FusedRow } from '../fuse.ts';
import { maxChunks } from './schema.ts';

export const fromJson = <Schema extends v.GenericSchema<unknown>>(schema: Schema) =>
  v.pipe(
    v.string(),
    v.transform((text): unknown => JSON.parse(text)),
    schema,
  );

const DocumentRowSchema = v.object({
  tenant_id: v.string(),
  id: v.string(),
  title: v.string(),
  media_type: v.string(),
  metadata: fromJson(MetadataSchema),
  groups: fromJson(GroupsSchema),
  content_hash: v.string(),
  chunks: v.number(),
  created_at: v.string(),
  updated_at: v.string(),
});

export const documentColumns = Object.keys(DocumentRowSchema.entries)
  .map((column) => `d.${column}`)
  .join(', ');

export function toDocumentRecord(row: unknown): DocumentRecord {
  const { tenant_id, media_type, content_hash, created_at, updated_at, ...rest } = v.parse(DocumentRowSchema, row);
  return {
    ...rest,
    tenantId: tenant_id,
    mediaType: media_type,
    contentHash: content_hash,
    createdAt: created_at,
    updatedAt: updated_at,
  };
}

const HitRowSchema = v.object({
  tenant_id: v.string(),
  id: v.string(),
  title: v.string(),
  media_type: v.string(),
  metadata: fromJson(MetadataSchema),
  row: v.number(),
  start: v.number(),
  end: v.number(),
  text: v.string(),
});

export function toHit(
  row: unknown,
  { score, clauses }: FusedRow<keyof ClauseWeights>,
  similarity: number | undefined,
): Hit {
  const {
    tenant_id: tenantId,
    id: documentId,
    media_type: mediaType,
    row: chunkRow,
    ...rest
  } = v.parse(HitRowSchema, row);
  return { ...rest, tenantId, documentId, mediaType, chunk: chunkRow % maxChunks, score, clauses, similarity };
}
