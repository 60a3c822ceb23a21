import { together } from '#lib/core/together.ts';
import { toIsoTime, type Clock } from '#lib/core/clock.ts';
import { ApiError } from '#lib/core/api-error.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { NewDocument } from '../engine.ts';
import { writeRows, type BulkRow } from './bulk.ts';
import { searchUnavailable } from './errors.ts';
import { findRows } from './find-rows.ts';
import type { Indices } from './indices.ts';
import { lockMilliseconds } from './ledger-scripts.ts';
import type { Ledger, Write, WriteBatch } from './ledger.ts';
import { toAlias } from './names.ts';
import { ownRows } from './query.ts';
import {
  chunkRowId,
  documentFields,
  documentRowId,
  DocumentRows,
  toChunkRow,
  toDocumentRow,
  type DocumentRow,
} from './rows.ts';
import type { Transport } from './transport.ts';
import { createWriteId } from './write-id.ts';

interface WriterDeps {
  transport: Transport;
  ledger: Ledger;
  indices: Indices;
  /** Told of each tenant that is written to: it may have rows to be swept away, of this write or of one that was cut short. */
  onWrite: (tenant: TenantRef) => void;
  now: Clock;
}

export interface UpsertOptions {
  /** Writes of which the documents have to be, to be replaced: another one in between has won. */
  expected?: ReadonlyMap<string, string>;
}

export interface Writer {
  upsert(
    tenant: TenantRef,
    documents: readonly NewDocument[],
    signal: AbortSignal,
    options?: UpsertOptions,
  ): Promise<ReadonlyMap<string, unknown>>;
  remove(tenant: TenantRef, id: string, signal: AbortSignal): Promise<boolean>;
}

const renewMilliseconds = lockMilliseconds / 4;
const giveUpMilliseconds = 10_000;

/**
 * Writes a batch of documents so that all of it appears at once: locks them in the ledger, adds their
 * rows, which nobody sees yet, then has the ledger show these and hide those they replace.
 */
export function createWriter({ transport, ledger, indices, onWrite, now }: WriterDeps): Writer {
  const newBatch = (ids: readonly string[]): WriteBatch => ({
    id: createWriteId(now()),
    writes: ids.map((document): Write => ({ id: createWriteId(now()), document })),
  });

  async function begin(tenant: TenantRef, batch: WriteBatch, signal: AbortSignal): Promise<void> {
    if (await ledger.begin(tenant, batch, signal)) return;
    await indices.ensure(tenant, signal);
    if (!(await ledger.begin(tenant, batch, signal))) throw searchUnavailable(new Error('The index was not made'));
  }

  /** Keeps the locks while `work` goes on, and ends it where one is lost. */
  async function whileLocked<T>(
    tenant: TenantRef,
    batch: WriteBatch,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const lost = new AbortController();
    const renew = () => ledger.extend(tenant, batch, signal).catch((error: unknown) => lost.abort(error));
    const timer = setInterval(() => void renew(), renewMilliseconds);
    try {
      return await work(AbortSignal.any([signal, lost.signal]));
    } finally {
      clearInterval(timer);
    }
  }

  /** Locks the documents, has `work` done, and gives the writes up where it fails; nothing of it goes on then. */
  async function underLock<T>(
    tenant: TenantRef,
    batch: WriteBatch,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    try {
      await begin(tenant, batch, signal);
      return await whileLocked(tenant, batch, signal, work);
    } catch (error) {
      await ledger.giveUp(tenant, batch, AbortSignal.timeout(giveUpMilliseconds)).catch(() => undefined);
      throw error;
    } finally {
      onWrite(tenant);
    }
  }

  /** What is there under the ids, whoever may see it. Under their lock it stays so. */
  async function findCurrent(tenant: TenantRef, ids: readonly string[], signal: AbortSignal) {
    const filter = [...ownRows(tenant, 'document'), { terms: { document_id: ids } }];
    const body = { query: { bool: { filter } }, size: ids.length, _source: documentFields };
    const found = await findRows(transport, tenant, DocumentRows, body, signal);
    return new Map(found?.hits.hits.map(({ _source: row }): [string, DocumentRow] => [row.document_id, row]));
  }

  function* toRows(
    tenant: TenantRef,
    documents: readonly NewDocument[],
    writeIds: ReadonlyMap<string, string>,
    current: ReadonlyMap<string, DocumentRow>,
  ): Generator<BulkRow> {
    const updatedAt = toIsoTime(now());
    for (const document of documents) {
      const write = writeIds.get(document.id) ?? '';
      const createdAt = current.get(document.id)?.created_at ?? updatedAt;
      yield { id: documentRowId(write), source: toDocumentRow(tenant, document, write, { createdAt, updatedAt }) };
      for (const [position, chunk] of document.pieces.entries()) {
        yield { id: chunkRowId(write, position), source: toChunkRow(tenant, document, write, chunk, position) };
      }
    }
  }

  /** Vectors that the index was not made for are left out: they come with the re-indexing. */
  async function fitVectors(tenant: TenantRef, documents: readonly NewDocument[], signal: AbortSignal) {
    if (documents.every(({ embedder }) => embedder === undefined)) return documents;
    const index = await indices.find(tenant, signal);
    return documents.map((document) =>
      document.embedder === index?.embedder ? document : { ...document, embedder: undefined },
    );
  }

  return {
    async upsert(tenant, documents, signal, { expected } = {}) {
      const ids = documents.map(({ id }) => id);
      const batch = newBatch(ids);
      const writeIds = new Map(batch.writes.map(({ id, document }) => [document, id]));
      return underLock(tenant, batch, signal, async (locked) => {
        const [current, fitting] = await together(
          locked,
          (inner) => findCurrent(tenant, ids, inner),
          (inner) => fitVectors(tenant, documents, inner),
        );
        const isExpected = ({ id }: NewDocument) => !expected || current.get(id)?.write === expected.get(id);
        const rows = toRows(tenant, fitting.filter(isExpected), writeIds, current);
        const failedRows = await writeRows(transport, tenant, rows, toAlias(tenant), locked);
        const failures = new Map<string | undefined, unknown>();
        for (const [id, error] of failedRows) failures.set(id.split('.')[0], error);
        for (const document of fitting.filter((each) => !isExpected(each)))
          failures.set(writeIds.get(document.id), new ApiError('conflict', 'The document was changed meanwhile'));
        const shown = batch.writes.filter(({ id }) => !failures.has(id));
        const replaced = shown.flatMap(({ document }) => current.get(document)?.write ?? []);
        locked.throwIfAborted();
        await ledger.commit(tenant, batch, { shown, replaced }, locked);
        const given = batch.writes.filter(({ id }) => failures.has(id));
        return new Map(given.map(({ id, document }) => [document, failures.get(id)]));
      });
    },
    async remove(tenant, id, signal) {
      if ((await findCurrent(tenant, [id], signal)).size === 0) return false;
      const batch = newBatch([id]);
      return underLock(tenant, batch, signal, async (locked) => {
        const current = (await findCurrent(tenant, [id], locked)).get(id);
        await ledger.commit(tenant, batch, { shown: batch.writes, replaced: current ? [current.write] : [] }, locked);
        return current !== undefined;
      });
    },
  };
}
