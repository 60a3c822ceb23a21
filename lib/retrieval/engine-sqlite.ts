import { join } from 'node:path';
import { toIsoTime, type Clock } from '#lib/core/clock.ts';
import { withSpan } from '#lib/telemetry/tracing/span.ts';
import type { DocumentState, SearchEngine } from './engine.ts';
import { visibleTo } from './sqlite/access.ts';
import { createTenantDatabases } from './sqlite/databases.ts';
import { documentColumns, toDocumentRecord } from './sqlite/rows.ts';
import { createReindex } from './sqlite/reindex.ts';
import { search } from './sqlite/search.ts';
import { removeContent, write } from './sqlite/write.ts';

interface SqliteEngineOptions {
  /** Holds one database file per incarnation of a tenant. */
  directory: string;
  /** Path of the sqlite-vec extension; needed where chunks carry embeddings. */
  vectorExtension?: string | undefined;
  /** What makes the embeddings, where there is something. */
  embedder?: string | undefined;
  now?: Clock;
}

/**
 * The embedded engine: SQLite's FTS5 with the porter stemmer, 4- and 5-grams, and exact vectors by
 * sqlite-vec. Queries run on the calling thread: made for one machine, up to some 100,000 chunks a tenant.
 */
export function createSqliteEngine(options: SqliteEngineOptions): SearchEngine {
  const { directory, vectorExtension, embedder, now = Date.now } = options;
  const databases = createTenantDatabases({ directory: join(directory, 'search'), vectorExtension });

  return {
    batch: { documents: 32, size: 1024 * 1024 },
    async findStates(scope, ids, signal) {
      signal.throwIfAborted();
      const { sql, parameters } = visibleTo(scope);
      const rows = databases.read(scope, ({ prepare }) =>
        prepare(
          `SELECT d.id, d.fingerprint, d.chunks, (${sql}) AS is_visible FROM document d
           WHERE d.id IN (SELECT value FROM json_each(:ids))`,
        ).all({ ...parameters, ids: JSON.stringify(ids) }),
      );
      return new Map(
        rows.map((row): [string, DocumentState] => [
          String(row['id']),
          {
            fingerprint: String(row['fingerprint']),
            chunks: Number(row['chunks']),
            isVisible: row['is_visible'] === 1,
          },
        ]),
      );
    },
    async upsert(scope, documents, signal) {
      await databases.write(
        scope,
        async (connection) => {
          for (const document of documents) await write(connection, scope, document, toIsoTime(now()), signal);
        },
        signal,
      );
      return new Map();
    },
    async find(scope, id, signal) {
      signal.throwIfAborted();
      const { sql, parameters } = visibleTo(scope);
      const row = databases.read(scope, ({ prepare }) =>
        prepare(`SELECT ${documentColumns} FROM document d WHERE d.id = :id AND ${sql}`).get({ ...parameters, id }),
      );
      return row && toDocumentRecord(row);
    },
    async findText(scope, id, signal) {
      signal.throwIfAborted();
      const { sql, parameters } = visibleTo(scope);
      const row = databases.read(scope, ({ prepare }) =>
        prepare(
          `SELECT t.text FROM document d JOIN document_text t ON t.document = d.row WHERE d.id = :id AND ${sql}`,
        ).get({ ...parameters, id }),
      );
      return row && String(row['text']);
    },
    async list(scope, { after = '', limit }, signal) {
      signal.throwIfAborted();
      const { sql, parameters } = visibleTo(scope);
      const rows = databases.read(scope, ({ prepare }) =>
        prepare(
          `SELECT ${documentColumns} FROM document d WHERE d.id > :after AND ${sql} ORDER BY d.id LIMIT :limit`,
        ).all({
          ...parameters,
          after,
          limit,
        }),
      );
      return rows.map(toDocumentRecord);
    },
    remove: (scope, id, signal) =>
      databases.write(
        scope,
        async (connection) => {
          const row = connection
            .prepare('SELECT row FROM document WHERE id = ? AND tenant_id = ?')
            .get(id, scope.tenantId)?.['row'];
          if (row === undefined) return false;
          removeContent(connection, Number(row));
          connection.run('DELETE FROM document WHERE row = :row', { row });
          return true;
        },
        signal,
      ),
    async search(scope, request, signal) {
      signal.throwIfAborted();
      const attributes = { 'db.system.name': 'sqlite', 'db.operation.name': 'search' };
      return withSpan('search', { kind: 'client', attributes }, async () =>
        databases.read(scope, (connection) => search(connection, scope, request)),
      );
    },
    async count(tenant, signal) {
      signal.throwIfAborted();
      if (!databases.exists(tenant)) return { documents: 0, chunks: 0 };
      const row = databases.read(tenant, ({ prepare }) =>
        prepare('SELECT count(*) AS documents, coalesce(sum(chunks), 0) AS chunks FROM document').get(),
      );
      return { documents: Number(row?.['documents']), chunks: Number(row?.['chunks']) };
    },
    reindex: createReindex({ databases, embedder }),
    async drop(tenant, signal) {
      signal.throwIfAborted();
      databases.drop(tenant);
    },
    async close() {
      databases.close();
    },
  };
}
