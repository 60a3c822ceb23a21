import { join } from 'node:path';
import type { Environment } from '#lib/config/env.ts';
import type { engineEnv, serverEnv } from '#lib/config/variables.ts';
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
  let opened: Promise<AuditStore> | undefined;

  async function open(): Promise<AuditStore> {
    const opening = (opened ??=
      SEARCH_ENGINE === 'opensearch' ? openOpenSearch(search, OPENSEARCH_REPLICAS) : openSqlite(DATA_DIR));
    try {
      return await opening;
    } catch (error) {
      if (opened === opening) opened = undefined;
      throw error;
    }
  }

  return {
    append: async (...block) => (await open()).append(...block),
    findHead: async (...question) => (await open()).findHead(...question),
    read: async (...question) => (await open()).read(...question),
    findDroppable: async (...question) => (await open()).findDroppable(...question),
    drop: async (...range) => (await open()).drop(...range),
    close: async () => (await opened)?.close(),
  };
}
