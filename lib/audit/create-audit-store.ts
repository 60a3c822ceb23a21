import { join } from 'node:path';
import type { Environment } from '#lib/config/env.ts';
import type { engineEnv, serverEnv } from '#lib/config/variables.ts';
import { createOnce } from '#lib/core/once.ts';
import type { SearchConnection } from '#lib/retrieval/search-connection.ts';
import type { AuditStore } from './audit-store.ts';

type AuditEnvironment = Environment<
  Pick<typeof engineEnv, 'SEARCH_ENGINE' | 'OPENSEARCH_REPLICAS'> & Pick<typeof serverEnv, 'DATA_DIR'>
>;

async function openSqlite(directory: string): Promise<AuditStore> {
  const { openDatabase } = await import('#lib/core/sqlite.ts');
  const { auditSchema, createSqliteAuditStore } = await import('./store-sqlite.ts');
  return createSqliteAuditStore(openDatabase(join(directory, 'audit.sqlite'), auditSchema));
}

async function openOpenSearch(search: Pick<SearchConnection, 'open'>, replicas: number): Promise<AuditStore> {
  const { createOpenSearchAuditStore } = await import('./store-opensearch.ts');
  return createOpenSearchAuditStore({ transport: await search.open(), replicas });
}

/** Beside the documents. Opened with the first use: a start does not wait for it. */
export function createAuditStore(
  { SEARCH_ENGINE, DATA_DIR, OPENSEARCH_REPLICAS }: AuditEnvironment,
  search: Pick<SearchConnection, 'open'>,
): AuditStore {
  const { run: open, peek } = createOnce(() =>
    SEARCH_ENGINE === 'opensearch' ? openOpenSearch(search, OPENSEARCH_REPLICAS) : openSqlite(DATA_DIR),
  );
  return {
    append: async (block, signal) => (await open(signal)).append(block, signal),
    findHead: async (chain, known, signal) => (await open(signal)).findHead(chain, known, signal),
    read: async (chain, range, signal) => (await open(signal)).read(chain, range, signal),
    findDroppable: async (before, page, signal) => (await open(signal)).findDroppable(before, page, signal),
    drop: async (chain, last, signal) => (await open(signal)).drop(chain, last, signal),
    close: async () => (await peek())?.close(),
  };
}
