import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { ApiError } from '#lib/core/api-error.ts';
import { transact } from '#lib/state/sqlite/transact.ts';
import type { AuditStore, StoredBlock } from './audit-store.ts';

/** `last` stands for the block's last event, whose hash and time are there to be found without the others. */
export const auditSchema = `
  CREATE TABLE IF NOT EXISTS block (
    chain TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, hash TEXT NOT NULL,
    "from" TEXT NOT NULL, "to" TEXT NOT NULL, events TEXT NOT NULL, checkpoint TEXT,
    PRIMARY KEY (chain, first)
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS block_last ON block (chain, last);`;

const sqliteBusy = 5;
const sqliteFull = 13;
const busyMilliseconds = 10;

const Head = v.object({ last: v.number(), hash: v.string(), to: v.string() });
/** What is no JSON any more is missed by whoever verifies. */
const Block = v.object({
  last: v.number(),
  events: v.fallback(v.pipe(v.string(), v.parseJson(), v.array(v.unknown())), []),
  checkpoint: v.nullable(v.fallback(v.pipe(v.string(), v.parseJson()), {})),
});
const Droppable = v.object({ chain: v.string(), first: v.number(), last: v.number() });

function toBlock(row: unknown): StoredBlock {
  const { checkpoint, ...block } = v.parse(Block, row);
  return { ...block, ...(checkpoint === null ? {} : { checkpoint }) };
}

/** SQLite's code without its details; `undefined` where it is no error of SQLite's. */
const codeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error ? Number(error.errcode) % 256 : undefined;

function toStoreError(error: unknown): unknown {
  const sqliteCode = codeOf(error);
  if (sqliteCode === undefined) return error;
  const code = sqliteCode === sqliteFull ? 'storage_full' : 'search_unavailable';
  return new ApiError(code, undefined, { cause: error, retryAfter: 5 });
}

/** Other processes may hold the file: SQLite's own way to wait would hold up everything else in this one. */
async function run<T>(signal: AbortSignal, work: () => T): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return work();
    } catch (error) {
      if (codeOf(error) !== sqliteBusy) throw toStoreError(error);
    }
    await wait(1 + Math.random() * busyMilliseconds);
  }
}

export function createSqliteAuditStore(database: DatabaseSync): AuditStore {
  database.exec('PRAGMA busy_timeout = 0');
  const insert = database.prepare(`
    INSERT INTO block (chain, first, last, hash, "from", "to", events, checkpoint)
    VALUES (:chain, :first, :last, :hash, :from, :to, :events, :checkpoint) ON CONFLICT DO NOTHING`);
  const same = database.prepare('SELECT 1 FROM block WHERE chain = :chain AND last = :last AND hash = :hash');
  const newest = database.prepare('SELECT last, hash, "to" FROM block WHERE chain = :chain ORDER BY last DESC LIMIT 1');
  const blocks = database.prepare(`
    SELECT last, events, checkpoint FROM block
    WHERE chain = :chain AND last > :after AND "to" >= :from AND "from" <= :to ORDER BY last LIMIT :limit`);
  const droppable = database.prepare(`
    SELECT chain, min(first) AS first, max(last) AS last FROM block
    WHERE chain > :after AND "to" < :before GROUP BY chain ORDER BY chain LIMIT :limit`);
  const dropped = database.prepare(`
    SELECT coalesce(sum(last - first + 1), 0) AS events FROM block WHERE chain = :chain AND last <= :last`);
  const drop = database.prepare('DELETE FROM block WHERE chain = :chain AND last <= :last');

  return {
    append: ({ chain, events, checkpoint }, signal) =>
      run(signal, () => {
        const [head, tail] = [events.at(0), events.at(-1)];
        if (!head || !tail) throw new Error('A block has an event');
        const { sequence: last, hash, timestamp: to } = tail;
        const { changes } = insert.run({
          chain,
          first: head.sequence,
          last,
          hash,
          from: head.timestamp,
          to,
          events: JSON.stringify(events),
          checkpoint: checkpoint ? JSON.stringify(checkpoint) : null,
        });
        return changes === 1 || same.get({ chain, last, hash }) !== undefined;
      }),
    findHead: (chain, _known, signal) =>
      run(signal, () => {
        const row = newest.get({ chain });
        if (!row) return undefined;
        const { last: sequence, hash, to: timestamp } = v.parse(Head, row);
        return { sequence, hash, timestamp };
      }),
    // No time begins with a tilde: whatever has no end lies before it.
    read: (chain, { after, from = '', to = '~', limit }, signal) =>
      run(signal, () => blocks.all({ chain, after, from, to, limit }).map(toBlock)),
    findDroppable: (before, { after = '', limit }, signal) =>
      run(signal, () => droppable.all({ after, before, limit }).map((row) => v.parse(Droppable, row))),
    drop: (chain, last, signal) =>
      run(signal, () =>
        transact(database, () => {
          const { events } = v.parse(v.object({ events: v.number() }), dropped.get({ chain, last }));
          drop.run({ chain, last });
          return events;
        }),
      ),
    close: async () => database.close(),
  };
}
