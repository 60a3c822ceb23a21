import * as v from 'valibot';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { Embed } from '../engine.ts';
import { toIndexedText } from '../indexed-text.ts';
import { writeRows, type BulkRow } from './bulk.ts';
import { toAlias, toTargetAlias } from './names.ts';
import { ownRows } from './query.ts';
import { chunkRowId, documentRowId } from './rows.ts';
import type { VectorSpace } from './schema.ts';
import type { Transport } from './transport.ts';

/** Copies what a tenant's live index holds into the one behind the target alias, write by write. */
export interface CopyDocuments {
  /** The writes of the documents that are there to be seen, in pages, in order. */
  documents(tenant: TenantRef, signal: AbortSignal): AsyncGenerator<{ writes: string[]; total: number }>;
  /** Those of the writes whose document has been copied whole. */
  findCopied(tenant: TenantRef, writes: readonly string[], signal: AbortSignal): Promise<Set<string>>;
  copy(tenant: TenantRef, write: string, embed: Embed | undefined, signal: AbortSignal): Promise<void>;
  /** What was replaced or removed after it was copied, or while it was. */
  removeGone(tenant: TenantRef, signal: AbortSignal): Promise<void>;
}

const pageSize = 50;
const chunkPageSize = 500;
const writePageSize = 500;
const options = { timeout: 30_000, tries: 3 };
const deleteOptions = { timeout: 120_000, tries: 2 };

const found = <Source extends v.GenericSchema>(source: Source) =>
  v.object({
    hits: v.object({
      total: v.optional(v.object({ value: v.number() })),
      hits: v.array(v.object({ _source: source, sort: v.optional(v.array(v.union([v.string(), v.number()]))) })),
    }),
  });
const WriteRows = found(v.object({ write: v.string() }));
const WholeRows = found(v.looseObject({}));
const ChunkRows = found(
  v.looseObject({ chunk: v.number(), title: v.string(), headings: v.array(v.string()), text: v.string() }),
);
const WriteBuckets = v.object({
  aggregations: v.object({
    writes: v.object({
      after_key: v.optional(v.object({ write: v.string() })),
      buckets: v.array(v.object({ key: v.object({ write: v.string() }) })),
    }),
  }),
});

interface CopyDeps {
  transport: Transport;
  vectors: VectorSpace | undefined;
}

export function createCopyDocuments({ transport, vectors }: CopyDeps): CopyDocuments {
  const searchIn = async <Schema extends v.GenericSchema>(
    tenant: TenantRef,
    alias: string,
    schema: Schema,
    body: object,
    signal: AbortSignal,
  ): Promise<v.InferOutput<Schema>> => {
    // A part of the rows would be taken for all of them.
    const query = { allow_partial_search_results: 'false' };
    const call = { method: 'POST', path: `/${alias}/_search`, query, body } as const;
    return v.parse(schema, await transport.send(tenant, call, options, signal));
  };

  async function* chunksOf(tenant: TenantRef, write: string, signal: AbortSignal) {
    let after: unknown;
    for (;;) {
      const body = {
        query: { bool: { filter: [{ term: { write } }, { term: { kind: 'chunk' } }] } },
        size: chunkPageSize,
        _source: { excludes: ['embedding', 'embedder'] },
        sort: [{ chunk: 'asc' }],
        ...(after === undefined ? {} : { search_after: after }),
      };
      const { hits } = await searchIn(tenant, toAlias(tenant), ChunkRows, body, signal);
      if (hits.hits.length === 0) return;
      yield hits.hits.map(({ _source }) => _source);
      after = hits.hits.at(-1)?.sort;
    }
  }

  async function writeToTarget(tenant: TenantRef, rows: readonly BulkRow[], signal: AbortSignal): Promise<void> {
    const failures = await writeRows(transport, tenant, rows, toTargetAlias(tenant), signal);
    for (const error of failures.values()) throw error;
  }

  async function removeWrites(tenant: TenantRef, writes: readonly string[], signal: AbortSignal): Promise<void> {
    const call = {
      method: 'POST',
      path: `/${toTargetAlias(tenant)}/_delete_by_query`,
      query: { conflicts: 'proceed', refresh: 'true' },
      body: { query: { bool: { filter: [{ terms: { write: writes } }] } } },
    } as const;
    await transport.send(tenant, call, deleteOptions, signal);
  }

  /** Every write that has a row in the target, whole or not. */
  async function* writesInTarget(tenant: TenantRef, signal: AbortSignal): AsyncGenerator<string[]> {
    let after: { write: string } | undefined;
    for (;;) {
      const composite = {
        size: writePageSize,
        sources: [{ write: { terms: { field: 'write' } } }],
        ...(after ? { after } : {}),
      };
      const body = { size: 0, query: { exists: { field: 'write' } }, aggs: { writes: { composite } } };
      const { aggregations } = await searchIn(tenant, toTargetAlias(tenant), WriteBuckets, body, signal);
      const { buckets, after_key: next } = aggregations.writes;
      if (buckets.length === 0) return;
      yield buckets.map(({ key }) => key.write);
      after = next;
      if (!after) return;
    }
  }

  async function findVisible(tenant: TenantRef, alias: string, writes: readonly string[], signal: AbortSignal) {
    const filter = [...ownRows(tenant, 'document', alias), { terms: { write: writes } }];
    const body = { query: { bool: { filter } }, size: writes.length, _source: ['write'] };
    const { hits } = await searchIn(tenant, alias, WriteRows, body, signal);
    return new Set(hits.hits.map(({ _source }) => _source.write));
  }

  return {
    async *documents(tenant, signal) {
      let after: unknown;
      for (;;) {
        const body = {
          query: { bool: { filter: ownRows(tenant, 'document') } },
          size: pageSize,
          _source: ['write'],
          sort: [{ write: 'asc' }],
          track_total_hits: true,
          ...(after === undefined ? {} : { search_after: after }),
        };
        const { hits } = await searchIn(tenant, toAlias(tenant), WriteRows, body, signal);
        if (hits.hits.length === 0) return;
        yield { writes: hits.hits.map(({ _source }) => _source.write), total: hits.total?.value ?? 0 };
        after = hits.hits.at(-1)?.sort;
      }
    },
    findCopied: (tenant, writes, signal) => findVisible(tenant, toTargetAlias(tenant), writes, signal),
    /** The document's own row comes last: one that is there says that the copy is whole. */
    async copy(tenant, writeId, embed, signal) {
      for await (const chunks of chunksOf(tenant, writeId, signal)) {
        const contents = chunks.map((chunk) => toIndexedText(chunk.title, chunk));
        const embeddings = vectors && embed ? await embed(contents, signal) : [];
        const rows = chunks.map((chunk, index): BulkRow => {
          const embedding = embeddings[index];
          const vector = vectors && embedding ? { embedder: vectors.embedder, embedding: [...embedding] } : {};
          return { id: chunkRowId(writeId, chunk.chunk), source: { ...chunk, content: contents[index], ...vector } };
        });
        await writeToTarget(tenant, rows, signal);
      }
      const filter = [{ term: { write: writeId } }, { term: { kind: 'document' } }];
      const body = { query: { bool: { filter } }, size: 1 };
      const { hits } = await searchIn(tenant, toAlias(tenant), WholeRows, body, signal);
      const rows = hits.hits.map(({ _source }): BulkRow => ({ id: documentRowId(writeId), source: _source }));
      await writeToTarget(tenant, rows, signal);
    },
    async removeGone(tenant, signal) {
      for await (const writes of writesInTarget(tenant, signal)) {
        const there = await findVisible(tenant, toAlias(tenant), writes, signal);
        const gone = writes.filter((writeId) => !there.has(writeId));
        if (gone.length > 0) await removeWrites(tenant, gone, signal);
      }
    },
  };
}
