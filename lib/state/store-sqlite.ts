import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '#lib/core/clock.ts';
import { openDatabase } from '#lib/core/sqlite.ts';
import { tenantPrefix } from '#lib/tenancy/state-key.ts';
import type { StateStore } from './store.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS record (
    key TEXT PRIMARY KEY, value TEXT NOT NULL, version INTEGER NOT NULL, expires_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS record_expiry ON record (expires_at) WHERE expires_at IS NOT NULL;`;

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
    sweep: database.prepare(`DELETE FROM record WHERE key IN (
      SELECT key FROM record WHERE expires_at <= :now ORDER BY expires_at LIMIT 100)
      OR (key = :key AND expires_at <= :now)`),
  };
}

/** The embedded store: one SQLite file, shared by the processes of one machine. */
export function createSqliteStore(file: string, now: Clock = Date.now): StateStore {
  const database = openDatabase(file, schema);
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
      database.exec('BEGIN IMMEDIATE');
      try {
        statements.sweep.run({ key, now: now() });
        const isExpected = ifVersion === undefined || (read(key)?.version ?? 0) === ifVersion;
        if (isExpected) statements.put.run({ key, value, expires_at });
        database.exec('COMMIT');
        return isExpected;
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
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
      return clear(tenantPrefix(tenant));
    },
    async close() {
      database.close();
    },
  };
}
