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
  /** Told of each tenant that has rows to be swept away. */
  onDead: (tenant: TenantRef) => void;
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
export function createWriter({ transport, ledger, indices, onDead, now, randomId }: WriterDeps): Writer {
  async function begin(scope: TenantScope, writes: readonly Write[], signal: AbortSignal): Promise<void> {
    if (await ledger.begin(scope, writes, signal)) return;
    await indices.ensure(scope, signal);
    if (!(await ledger.begin(scope, writes, signal))) throw searchUnavailable(new Error('The index was not made'));
  }

  /** What is there under the ids, whoever may see it. Under the lock it stays so. */
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
  async function underLock<T>(
    scope: TenantScope,
    writes: readonly Write[],
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    await begin(scope, writes, signal);
    try {
      return await work();
    } catch (error) {
      onDead(scope);
      await ledger.giveUp(scope, writes, AbortSignal.timeout(giveUpMilliseconds)).catch(() => undefined);
      throw error;
    }
  }

  return {
    async upsert(scope, documents, signal) {
      const writes = documents.map(({ id }): Write => ({ id: randomId(), document: id }));
      const writeIds = new Map(writes.map(({ id, document }) => [document, id]));
      const writeOf = ({ id }: NewDocument) => writeIds.get(id) ?? '';
      return underLock(scope, writes, signal, async () => {
        const [current, fitting] = await Promise.all([
          findCurrent(scope, [...writeIds.keys()], signal),
          fitVectors(scope, documents, signal),
        ]);
        let extendedAt = now();
        const onPortion = async () => {
          if (now() - extendedAt < extendAfterMilliseconds) return;
          extendedAt = now();
          await ledger.extend(scope, writes, signal);
        };
        const rows = toRows(scope, fitting, writeOf, current);
        const failedRows = await writeRows(transport, scope, rows, { onPortion }, signal);
        const failedWrites = new Map([...failedRows].map(([id, error]) => [id.split('.')[0], error]));
        const shown = writes.filter(({ id }) => !failedWrites.has(id));
        const given = writes.filter(({ id }) => failedWrites.has(id));
        const replaced = shown.flatMap(({ document }) => current.get(document)?.write ?? []);
        signal.throwIfAborted();
        await ledger.commit(scope, { shown, given, replaced }, signal);
        if (given.length + replaced.length > 0) onDead(scope);
        return new Map(given.map(({ id, document }) => [document, failedWrites.get(id)]));
      });
    },
    async remove(scope, id, signal) {
      if ((await findCurrent(scope, [id], signal)).size === 0) return false;
      const write = { id: randomId(), document: id };
      return underLock(scope, [write], signal, async () => {
        const current = (await findCurrent(scope, [id], signal)).get(id);
        await ledger.commit(scope, { shown: [write], given: [], replaced: current ? [current.write] : [] }, signal);
        if (current) onDead(scope);
        return current !== undefined;
      });
    },
  };
}
