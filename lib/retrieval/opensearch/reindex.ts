import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { ApiError } from '#lib/core/api-error.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { Embed, ReindexProgress } from '../engine.ts';
import { toIndexedText } from '../indexed-text.ts';
import { writeRows, type BulkRow } from './bulk.ts';
import type { Indices, TenantIndex } from './indices.ts';
import { graceMilliseconds, lockMilliseconds, type Ledger } from './ledger.ts';
import { ownRows } from './query.ts';
import { chunkRowId, documentRowId } from './rows.ts';
import type { VectorSpace } from './schema.ts';
import type { Sweeper } from './sweeper.ts';
import type { Transport } from './transport.ts';

interface ReindexDeps {
  transport: Transport;
  ledger: Ledger;
  indices: Indices;
  sweeper: Sweeper;
  vectors: VectorSpace | undefined;
}

export type Reindex = (
  tenant: TenantRef,
  embed: Embed | undefined,
  signal: AbortSignal,
) => AsyncGenerator<ReindexProgress>;

const pageSize = 50;
const chunkPageSize = 500;
/** The last pass is made while no write may begin: it should have little to do. */
const smallPass = 20;
const maxPasses = 20;
const options = { timeout: 30_000, tries: 3 };

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

/**
 * Copies the tenant's rows into a new index of the present form, with the present embedder's vectors,
 * pass after pass until little is left; holds new writes back for the last one; then points the alias
 * to it. Rows keep their writes' ids, so that what was copied is known, also to a later run.
 */
export function createReindex({ transport, ledger, indices, sweeper, vectors }: ReindexDeps): Reindex {
  const searchIn = async <Schema extends v.GenericSchema>(
    tenant: TenantRef,
    index: string,
    schema: Schema,
    body: object,
    signal: AbortSignal,
  ): Promise<v.InferOutput<Schema>> =>
    v.parse(schema, await transport.send(tenant, { method: 'POST', path: `/${index}/_search`, body }, options, signal));

  /** The writes of the documents that are there to be seen, in pages. */
  async function* documentsOf(tenant: TenantRef, index: string, signal: AbortSignal) {
    let after: unknown;
    for (;;) {
      const body = {
        query: { bool: { filter: ownRows(tenant, 'document', index) } },
        size: pageSize,
        _source: ['write'],
        sort: [{ write: 'asc' }],
        track_total_hits: true,
        ...(after === undefined ? {} : { search_after: after }),
      };
      const { hits } = await searchIn(tenant, index, WriteRows, body, signal);
      if (hits.hits.length === 0) return;
      yield { writes: hits.hits.map(({ _source }) => _source.write), total: hits.total?.value ?? 0 };
      after = hits.hits.at(-1)?.sort;
    }
  }

  async function findCopied(
    tenant: TenantRef,
    target: string,
    writes: readonly string[],
    signal: AbortSignal,
  ): Promise<Set<string>> {
    const filter = [...ownRows(tenant, 'document', target), { terms: { write: writes } }];
    const body = { query: { bool: { filter } }, size: writes.length, _source: ['write'] };
    const { hits } = await searchIn(tenant, target, WriteRows, body, signal);
    return new Set(hits.hits.map(({ _source }) => _source.write));
  }

  async function* chunksOf(tenant: TenantRef, source: string, write: string, signal: AbortSignal) {
    let after: unknown;
    for (;;) {
      const body = {
        query: { bool: { filter: [{ term: { write } }, { term: { kind: 'chunk' } }] } },
        size: chunkPageSize,
        _source: { excludes: ['embedding', 'embedder'] },
        sort: [{ chunk: 'asc' }],
        ...(after === undefined ? {} : { search_after: after }),
      };
      const { hits } = await searchIn(tenant, source, ChunkRows, body, signal);
      if (hits.hits.length === 0) return;
      yield hits.hits.map(({ _source }) => _source);
      after = hits.hits.at(-1)?.sort;
    }
  }

  async function writeAll(
    tenant: TenantRef,
    index: string,
    rows: readonly BulkRow[],
    signal: AbortSignal,
  ): Promise<void> {
    const failures = await writeRows(transport, tenant, rows, { index }, signal);
    for (const error of failures.values()) throw error;
  }

  /** The document's own row comes last: one that is there says that the copy is whole. */
  async function copyDocument(
    tenant: TenantRef,
    { source, target, writeId }: { source: string; target: string; writeId: string },
    embed: Embed | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    for await (const chunks of chunksOf(tenant, source, writeId, signal)) {
      const contents = chunks.map((chunk) => toIndexedText(chunk.title, chunk));
      const embeddings = vectors && embed ? await embed(contents, signal) : [];
      const rows = chunks.map((chunk, index): BulkRow => {
        const embedding = embeddings[index];
        const vector = vectors && embedding ? { embedder: vectors.embedder, embedding: [...embedding] } : {};
        return { id: chunkRowId(writeId, chunk.chunk), source: { ...chunk, content: contents[index], ...vector } };
      });
      await writeAll(tenant, target, rows, signal);
    }
    const filter = [{ term: { write: writeId } }, { term: { kind: 'document' } }];
    const { hits } = await searchIn(tenant, source, WholeRows, { query: { bool: { filter } }, size: 1 }, signal);
    const rows = hits.hits.map(({ _source }): BulkRow => ({ id: documentRowId(writeId), source: _source }));
    await writeAll(tenant, target, rows, signal);
  }

  /** Yields after each document; gives how many were copied. */
  async function* copyMissing(
    tenant: TenantRef,
    { source, target }: { source: TenantIndex; target: TenantIndex },
    embed: Embed | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<ReindexProgress, number> {
    let seen = 0;
    let copied = 0;
    for await (const { writes, total } of documentsOf(tenant, source.name, signal)) {
      const there = await findCopied(tenant, target.name, writes, signal);
      for (const writeId of writes) {
        seen += 1;
        if (there.has(writeId)) continue;
        await copyDocument(tenant, { source: source.name, target: target.name, writeId }, embed, signal);
        copied += 1;
        yield { done: seen, total: Math.max(total, seen) };
      }
    }
    return copied;
  }

  /** What was replaced or removed after it was copied. */
  async function removeGone(
    tenant: TenantRef,
    { source, target }: { source: TenantIndex; target: TenantIndex },
    signal: AbortSignal,
  ): Promise<void> {
    for await (const { writes } of documentsOf(tenant, target.name, signal)) {
      const there = await findCopied(tenant, source.name, writes, signal);
      const gone = writes.filter((writeId) => !there.has(writeId));
      if (gone.length === 0) continue;
      const call = {
        method: 'POST',
        path: `/${target.name}/_delete_by_query`,
        query: { conflicts: 'proceed', refresh: 'true' },
        body: { query: { bool: { filter: [{ terms: { write: gone } }] } } },
      } as const;
      await transport.send(tenant, call, options, signal);
    }
  }

  /** Holds new writes back and waits for those under way; what they hide is swept away before the change. */
  async function freeze(tenant: TenantRef, signal: AbortSignal): Promise<void> {
    for (let waited = 0; waited <= lockMilliseconds * 4; waited += 250) {
      if ((await ledger.freeze(tenant, lockMilliseconds, signal)).isQuiet) break;
      await wait(250, undefined, { signal });
    }
    await wait(graceMilliseconds + 500, undefined, { signal });
    await sweeper.sweep(tenant, signal);
  }

  async function findTarget(tenant: TenantRef, source: TenantIndex, signal: AbortSignal): Promise<TenantIndex> {
    const others = (await indices.list(tenant, signal)).filter(({ name }) => name !== source.name);
    const begun = others.find((index) => indices.isCurrent(index) && index.incarnation === tenant.incarnation);
    for (const { name } of others) if (name !== begun?.name) await indices.remove(name, signal);
    const version = Math.max(source.version, ...others.map((index) => index.version)) + 1;
    return begun ?? indices.create(tenant, version, false, signal);
  }

  return async function* reindex(tenant, embed, signal) {
    await indices.prepare(signal);
    const all = await indices.list(tenant, signal);
    const source = all.find(({ isAliased, incarnation }) => isAliased && incarnation === tenant.incarnation);
    if (!source || indices.isCurrent(source)) return;
    if (vectors && !embed) throw new ApiError('internal', undefined, { cause: new Error('No embedder was given') });
    const target = await findTarget(tenant, source, signal);
    const pair = { source, target };
    for (let pass = 1; pass <= maxPasses; pass += 1) {
      const copied = yield* copyMissing(tenant, pair, embed, signal);
      if (copied <= smallPass) break;
    }
    await freeze(tenant, signal);
    yield* copyMissing(tenant, pair, embed, signal);
    await removeGone(tenant, pair, signal);
    await indices.createLedger(tenant, target.name, signal);
    await indices.swap(tenant, source.name, target.name, signal);
    // Searches that had found the old index by its alias are still looking into it.
    await wait(graceMilliseconds, undefined, { signal });
    await indices.remove(source.name, signal);
  };
}
