import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '#lib/core/clock.ts';
import { tenantPrefix } from '#lib/tenancy/state-key.ts';
import { transact } from './sqlite/transact.ts';
import type { StateStore } from './store.ts';

const columns = 'key, value, version';
const live = '(expires_at IS NULL OR expires_at > :now)';

/** The last key that can begin with the prefix, exclusively: keys are ASCII, so `\x7f` sorts after them all. */
const endOf = (prefix: string): string => `${prefix}\u007f`;

function prepareStatements(database: DatabaseSync) {
  return {
    get: database.prepare(`SELECT ${columns} FROM record WHERE key = :key AND ${live}`),
    put: database.prepare(`
      INSERT INTO record (key, value, version, expires_at) VALUES (:key, :value, 1, :expires_at)
      ON CONFLICT (key) DO UPDATE SET
        value = excluded.value, expires_at = excluded.expires_at, version = record.version + 1`),
    delete: database.prepare(`DELETE FROM record WHERE key = :key AND ${live}`),
    list: database.prepare(`
      SELECT ${columns} FROM record WHERE key > :after AND key < :end AND ${live} ORDER BY key LIMIT :limit`),
    clear: database.prepare(`DELETE FROM record WHERE key >= :start AND key < :end`),
    clearCorpus: ['corpus', 'corpus_write'].map((table) =>
      database.prepare(`DELETE FROM ${table} WHERE tenant = :tenant`),
    ),
    sweep: database.prepare(`DELETE FROM record WHERE key IN (
      SELECT key FROM record WHERE expires_at <= :now ORDER BY expires_at LIMIT 100)
      OR (key = :key AND expires_at <= :now)`),
  };
}

/** The embedded store: one SQLite file, shared by the processes of one machine. */
export function createSqliteStore(database: DatabaseSync, now: Clock = Date.now): StateStore {
  const statements = prepareStatements(database);

  const clear = (prefix: string) => Number(statements.clear.run({ start: prefix, end: endOf(prefix) }).changes);

  const read = (key: string) => {
    const row = statements.get.get({ key, now: now() });
    return row && { value: String(row['value']), version: Number(row['version']) };
  };

  return {
    async get(key, signal) {
      signal.throwIfAborted();
      return read(key);
    },
    async put(key, value, { ifVersion, ttlSeconds }, signal) {
      signal.throwIfAborted();
      const expires_at = ttlSeconds === undefined ? null : now() + ttlSeconds * 1000;
      return transact(database, () => {
        statements.sweep.run({ key, now: now() });
        const isExpected = ifVersion === undefined || (read(key)?.version ?? 0) === ifVersion;
        if (isExpected) statements.put.run({ key, value, expires_at });
        return isExpected;
      });
    },
    async delete(key, signal) {
      signal.throwIfAborted();
      return statements.delete.run({ key, now: now() }).changes > 0;
    },
    async list({ prefix, key }, { after, limit }, signal) {
      signal.throwIfAborted();
      const start = after === undefined ? prefix : key(after);
      const rows = statements.list.all({ after: start, end: endOf(prefix), now: now(), limit });
      return rows.map((row) => ({
        id: decodeURIComponent(String(row['key']).slice(prefix.length)),
        value: String(row['value']),
        version: Number(row['version']),
      }));
    },
    async clear({ prefix }, signal) {
      signal.throwIfAborted();
      return clear(prefix);
    },
    async clearTenant(tenant, signal) {
      signal.throwIfAborted();
      const prefix = tenantPrefix(tenant);
      return transact(database, () => {
        for (const statement of statements.clearCorpus) statement.run({ tenant: prefix });
        return clear(prefix);
      });
    },
    async close() {
      database.close();
    },
  };
}
