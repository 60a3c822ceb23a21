import type { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import type { LedgerEntry } from '#lib/usage/ledger-entry.ts';
import type { Retention } from '#lib/usage/rows-of-day.ts';
import { parseEntry } from '#lib/usage/sqlite/ledger.ts';
import type { PaidFrom } from './budgets.ts';

/** A lease that has expired stays as a lost one, until its call is settled or its entry too old. */
export const leaseSchema = `
  CREATE TABLE IF NOT EXISTS lease (
    account TEXT NOT NULL, id TEXT NOT NULL, call_id TEXT NOT NULL, expires_at INTEGER NOT NULL, is_lost INTEGER NOT NULL,
    token_step INTEGER, tokens INTEGER NOT NULL, paid_from TEXT NOT NULL, lost TEXT NOT NULL, PRIMARY KEY (account, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS lease_expiry ON lease (account, is_lost, expires_at);
  CREATE INDEX IF NOT EXISTS lease_lost ON lease (account, call_id) WHERE is_lost = 1;`;

export interface Lease {
  id: string;
  callId: string;
  /** Where its tokens are counted; `undefined` where there was no limit. */
  tokenStep: number | undefined;
  tokens: number;
  paidFrom: readonly PaidFrom[];
  lost: LedgerEntry;
}

/** Inside the caller's transaction. */
export interface Leases {
  add(account: string, lease: Lease, expiresAt: number): void;
  countLive(account: string, now: number): number;
  findExpired(account: string, now: number, most: number): Lease[];
  /** Takes a lease that has not been lost. */
  take(account: string, id: string): Lease | undefined;
  /** Keeps one, for as long as entries are: its call may still be settled. */
  lose(account: string, id: string, now: number): void;
  findLost(account: string, callId: string): Lease | undefined;
  remove(account: string, id: string): void;
  renew(account: string, id: string, expiresAt: number): void;
  forget(account: string): void;
}

const PaidFromText = v.pipe(
  v.string(),
  v.parseJson(),
  v.array(v.strictObject({ owner: v.string(), period: v.string() })),
);

const toLease = (row: Record<string, unknown>): Lease => ({
  id: String(row['id']),
  callId: String(row['call_id']),
  tokenStep: row['token_step'] === null ? undefined : Number(row['token_step']),
  tokens: Number(row['tokens']),
  paidFrom: v.parse(PaidFromText, row['paid_from']),
  lost: parseEntry(row['lost']),
});

const dayMilliseconds = 86_400_000;

export function createLeases(database: DatabaseSync, { entries }: Pick<Retention, 'entries'>): Leases {
  const insert = database.prepare(`
    INSERT INTO lease (account, id, call_id, expires_at, is_lost, token_step, tokens, paid_from, lost)
    VALUES (:account, :id, :call_id, :expires_at, 0, :token_step, :tokens, :paid_from, :lost)`);
  const count = database.prepare(
    'SELECT count(*) AS live FROM lease WHERE account = :account AND is_lost = 0 AND expires_at > :now',
  );
  const expired = database.prepare(`
    SELECT * FROM lease WHERE account = :account AND is_lost = 0 AND expires_at <= :now ORDER BY expires_at LIMIT :most`);
  const take = database.prepare('DELETE FROM lease WHERE account = :account AND id = :id AND is_lost = 0 RETURNING *');
  const lose = database.prepare('UPDATE lease SET is_lost = 1 WHERE account = :account AND id = :id');
  const lost = database.prepare('SELECT * FROM lease WHERE account = :account AND call_id = :call_id AND is_lost = 1');
  const remove = database.prepare('DELETE FROM lease WHERE account = :account AND id = :id');
  const renew = database.prepare(
    'UPDATE lease SET expires_at = :expires_at WHERE account = :account AND id = :id AND is_lost = 0',
  );
  const drop = database.prepare('DELETE FROM lease WHERE account = :account AND is_lost = 1 AND expires_at < :before');
  const forget = database.prepare('DELETE FROM lease WHERE account = :account');

  return {
    add(account, { id, callId, tokenStep, tokens, paidFrom, lost: entry }, expiresAt) {
      insert.run({
        account,
        id,
        call_id: callId,
        expires_at: expiresAt,
        token_step: tokenStep ?? null,
        tokens,
        paid_from: JSON.stringify(paidFrom),
        lost: JSON.stringify(entry),
      });
    },
    countLive: (account, now) => Number(count.get({ account, now })?.['live']),
    findExpired: (account, now, most) => expired.all({ account, now, most }).map(toLease),
    take(account, id) {
      const row = take.get({ account, id });
      return row && toLease(row);
    },
    lose(account, id, now) {
      lose.run({ account, id });
      drop.run({ account, before: now - entries * dayMilliseconds });
    },
    findLost(account, callId) {
      const row = lost.get({ account, call_id: callId });
      return row && toLease(row);
    },
    remove: (account, id) => void remove.run({ account, id }),
    renew: (account, id, expiresAt) => void renew.run({ account, id, expires_at: expiresAt }),
    forget: (account) => void forget.run({ account }),
  };
}
