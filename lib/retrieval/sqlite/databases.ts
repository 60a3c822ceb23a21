import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import { ApiError } from '#lib/core/api-error.ts';
import { createGate } from '#lib/core/gate.ts';
import { openDatabase } from '#lib/core/sqlite.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { migrate, schema } from './schema.ts';

/** One connection, with its statements prepared once. */
export interface Connection {
  database: DatabaseSync;
  prepare(sql: string): StatementSync;
  /** Runs a statement that gives no rows. */
  run(sql: string, parameters: Record<string, SQLInputValue>): void;
}

interface TenantDatabase {
  reader: Connection;
  writer: Connection;
  /** Writers of a tenant go one by one; readers see the last commit meanwhile. */
  writing: ReturnType<typeof createGate>;
  users: number;
}

export interface TenantDatabases {
  read<T>(tenant: TenantRef, use: (connection: Connection) => T): T;
  /** Runs `use` in a transaction that is rolled back where it throws. */
  write<T>(tenant: TenantRef, use: (connection: Connection) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Whether the tenant's incarnation has stored anything; looking makes no file. */
  exists(tenant: TenantRef): boolean;
  drop(tenant: TenantRef): void;
  close(): void;
}

interface DatabasesOptions {
  directory: string;
  /** Path of the sqlite-vec extension, where vectors are used. */
  vectorExtension: string | undefined;
}

const maxOpen = 64;
const maxStatements = 200;
const maxWaitingWriters = 1_000;
const sqliteFull = 13;

function toEngineError(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error;
  const code = error.errcode === sqliteFull ? 'storage_full' : 'search_unavailable';
  return new ApiError(code, undefined, { cause: error, retryAfter: 5 });
}

/** One file per incarnation of a tenant: another tenant's rows are not in it to be found. */
export function createTenantDatabases({ directory, vectorExtension }: DatabasesOptions): TenantDatabases {
  const dropped = new LRUCache<string, true>({ max: 10_000 });

  const fileOf = ({ tenantId, incarnation }: TenantRef) => join(directory, `${tenantId}.${incarnation}.db`);

  function connect(file: string): Connection {
    const database = openDatabase(file, schema, { allowExtension: vectorExtension !== undefined });
    migrate(database);
    if (vectorExtension !== undefined) database.loadExtension(vectorExtension);
    const statements = new LRUCache<string, StatementSync>({ max: maxStatements });
    const prepare = (sql: string): StatementSync => {
      const known = statements.get(sql);
      if (known) return known;
      const statement = database.prepare(sql);
      statements.set(sql, statement);
      return statement;
    };
    return {
      database,
      prepare,
      run(sql, parameters) {
        const statement = prepare(sql);
        // FTS5's own tables have row numbers beyond 2^53, which `run` reports back.
        statement.setReadBigInts(true);
        statement.run(parameters);
      },
    };
  }

  function disconnect({ reader, writer }: TenantDatabase): void {
    reader.database.close();
    writer.database.close();
  }

  const open = new Map<string, TenantDatabase>();

  function closeIdle(): void {
    if (open.size < maxOpen) return;
    const idle = [...open].find(([, { users }]) => users === 0);
    if (!idle) throw new ApiError('overloaded', undefined, { retryAfter: 1 });
    open.delete(idle[0]);
    disconnect(idle[1]);
  }

  function connectTenant(tenant: TenantRef): TenantDatabase {
    const file = fileOf(tenant);
    if (dropped.has(file)) throw new ApiError('tenant_unknown');
    const known = open.get(file);
    if (known) {
      // The least recently used comes first in the map, to be closed first.
      open.delete(file);
      open.set(file, known);
      return known;
    }
    closeIdle();
    const writing = createGate({ limit: 1, queue: maxWaitingWriters });
    const created = { writer: connect(file), reader: connect(file), writing, users: 0 };
    open.set(file, created);
    return created;
  }

  return {
    read(tenant, use) {
      try {
        return use(connectTenant(tenant).reader);
      } catch (error) {
        throw toEngineError(error);
      }
    },
    async write(tenant, use, signal) {
      const connected = connectTenant(tenant);
      connected.users += 1;
      try {
        const leave = await connected.writing.enter(signal);
        const { database } = connected.writer;
        try {
          database.exec('BEGIN IMMEDIATE');
          const result = await use(connected.writer);
          signal.throwIfAborted();
          database.exec('COMMIT');
          return result;
        } finally {
          if (database.isOpen && database.isTransaction) database.exec('ROLLBACK');
          leave();
        }
      } catch (error) {
        throw toEngineError(error);
      } finally {
        connected.users -= 1;
      }
    },
    exists(tenant) {
      const file = fileOf(tenant);
      return !dropped.has(file) && existsSync(file);
    },
    drop(tenant) {
      const file = fileOf(tenant);
      const known = open.get(file);
      open.delete(file);
      dropped.set(file, true);
      if (known) disconnect(known);
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    },
    close() {
      for (const connected of open.values()) disconnect(connected);
      open.clear();
    },
  };
}
