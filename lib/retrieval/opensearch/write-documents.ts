import { toIsoTime, type Clock } from '#lib/core/clock.ts';
import { searchUnavailable } from './errors.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { NewDocument } from '../engine.ts';
import { writeRows, type BulkRow } from './bulk.ts';
import { findRows } from './find-rows.ts';
import type { Indices } from './indices.ts';
import type { Ledger, Write } from './ledger.ts';
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

interface WriterDeps {
  transport: Transport;
  ledger: Ledger;
  indices: Indices;
  /** Told of each tenant that was written to: it may have rows to be swept away, of this write or of one that was cut short. */
  onWrite: (tenant: TenantRef) => void;
  now: Clock;
  /** Unguessable and never the same. */
  randomId: () => string;
}

export interface Writer {
  upsert(
    scope: TenantScope,
    documents: readonly NewDocument[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, unknown>>;
  remove(scope: TenantScope, id: string, signal: AbortSignal): Promise<boolean>;
}

const extendAfterMilliseconds = 5_000;
const giveUpMilliseconds = 3_000;

/**
 * Writes a batch of documents so that all of it appears at once: locks them in the ledger, adds their
 * rows, which nobody sees yet, then has the ledger show these and hide those they replace.
 */
export function createWriter({ transport, ledger, indices, onWrite, now, randomId }: WriterDeps): Writer {
  async function begin(scope: TenantScope, writes: readonly Write[], signal: AbortSignal): Promise<void> {
    if (await ledger.begin(scope, writes, signal)) return;
    await indices.ensure(scope, signal);
    if (!(await ledger.begin(scope, writes, signal))) throw searchUnavailable(new Error('The index was not made'));
  }

  /** What is there under the ids, whoever may see it. Under their lock it stays so. */
  async function findCurrent(scope: TenantScope, ids: readonly string[], signal: AbortSignal) {
    const filter = [...ownRows(scope, 'document', toAlias(scope.tenantId)), { terms: { document_id: ids } }];
    const body = { query: { bool: { filter } }, size: ids.length, _source: documentFields };
    const found = await findRows(transport, scope, DocumentRows, body, signal);
    return new Map(found?.hits.hits.map(({ _source: row }): [string, DocumentRow] => [row.document_id, row]));
  }

  function* toRows(
    scope: TenantScope,
    documents: readonly NewDocument[],
    writeOf: (document: NewDocument) => string,
    current: ReadonlyMap<string, DocumentRow>,
  ): Generator<BulkRow> {
    const updatedAt = toIsoTime(now());
    for (const document of documents) {
      const write = writeOf(document);
      const createdAt = current.get(document.id)?.created_at ?? updatedAt;
      yield { id: documentRowId(write), source: toDocumentRow(scope, document, write, { createdAt, updatedAt }) };
      for (const [position, chunk] of document.pieces.entries()) {
        yield { id: chunkRowId(write, position), source: toChunkRow(scope, document, write, chunk, position) };
      }
    }
  }

  /** Vectors that the index was not made for are left out: they come with the re-indexing. */
  async function fitVectors(scope: TenantScope, documents: readonly NewDocument[], signal: AbortSignal) {
    if (documents.every(({ embedder }) => embedder === undefined)) return documents;
    const index = await indices.find(scope, signal);
    return documents.map((document) =>
      document.embedder === index?.embedder ? document : { ...document, embedder: undefined },
    );
  }

  /** Has `work` done under the locks of the writes, and these given up where it fails. */
  async function underLock<T>(scope: TenantScope, writes: readonly Write[], work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      onWrite(scope);
      await ledger.giveUp(scope, writes, AbortSignal.timeout(giveUpMilliseconds)).catch(() => undefined);
      throw error;
    }
  }

  /** Keeps the locks while rows are sent for long. */
  function createExtension(scope: TenantScope, writes: readonly Write[], signal: AbortSignal) {
    let extendedAt = now();
    return async () => {
      if (now() - extendedAt < extendAfterMilliseconds) return;
      extendedAt = now();
      await ledger.extend(scope, writes, signal);
    };
  }

  return {
    async upsert(scope, documents, signal) {
      signal.throwIfAborted();
      const writes = documents.map(({ id }): Write => ({ id: randomId(), document: id }));
      const writeIds = new Map(writes.map(({ id, document }) => [document, id]));
      const ids = [...writeIds.keys()];
      // Only the times of creation are taken from what was there before the lock.
      const [before] = await Promise.all([findCurrent(scope, ids, signal), begin(scope, writes, signal)]);
      return underLock(scope, writes, async () => {
        const fitting = await fitVectors(scope, documents, signal);
        const rows = toRows(scope, fitting, ({ id }) => writeIds.get(id) ?? '', before);
        const onPortion = createExtension(scope, writes, signal);
        const [failedRows, current] = await Promise.all([
          writeRows(transport, scope, rows, { onPortion }, signal),
          findCurrent(scope, ids, signal),
        ]);
        const failedWrites = new Map([...failedRows].map(([id, error]) => [id.split('.')[0], error]));
        const shown = writes.filter(({ id }) => !failedWrites.has(id));
        const given = writes.filter(({ id }) => failedWrites.has(id));
        const replaced = shown.flatMap(({ document }) => current.get(document)?.write ?? []);
        signal.throwIfAborted();
        await ledger.commit(scope, { shown, given, replaced }, signal);
        onWrite(scope);
        return new Map(given.map(({ id, document }) => [document, failedWrites.get(id)]));
      });
    },
    async remove(scope, id, signal) {
      if ((await findCurrent(scope, [id], signal)).size === 0) return false;
      const write = { id: randomId(), document: id };
      await begin(scope, [write], signal);
      return underLock(scope, [write], async () => {
        const current = (await findCurrent(scope, [id], signal)).get(id);
        await ledger.commit(scope, { shown: [write], given: [], replaced: current ? [current.write] : [] }, signal);
        onWrite(scope);
        return current !== undefined;
      });
    },
  };
}
