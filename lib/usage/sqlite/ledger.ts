import type { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import { toIsoTime } from '#lib/core/clock.ts';
import { dayOf, LedgerEntrySchema, type LedgerEntry } from '../ledger-entry.ts';
import type { Retention } from '../rows-of-day.ts';
import { createDailySums } from './daily-sums.ts';

export const ledgerSchema = `
  CREATE TABLE IF NOT EXISTS ledger (
    account TEXT NOT NULL, id TEXT NOT NULL, day TEXT NOT NULL, entry TEXT NOT NULL, PRIMARY KEY (account, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS ledger_day ON ledger (account, day, id);`;

const EntryText = v.pipe(v.string(), v.parseJson(), LedgerEntrySchema);
export const parseEntry = (text: unknown): LedgerEntry => v.parse(EntryText, text);

/** Entries and the sums of their days, inside the caller's transaction. */
export interface Ledger {
  has(account: string, id: string): boolean;
  /** False where the entry is there already. The first entry of a day removes what is older than it is kept. */
  post(account: string, entry: LedgerEntry, now: number): boolean;
  takeOut(account: string, id: string): void;
  forget(account: string): void;
}

const dayMilliseconds = 86_400_000;
const daysBefore = (now: number, days: number): string => toIsoTime(now - days * dayMilliseconds).slice(0, 10);

export function createLedger(database: DatabaseSync, { entries, sums: days }: Retention): Ledger {
  const sums = createDailySums(database);
  const find = database.prepare('SELECT entry FROM ledger WHERE account = :account AND id = :id');
  const findDay = database.prepare('SELECT 1 FROM ledger WHERE account = :account AND day = :day LIMIT 1');
  const insert = database.prepare(`
    INSERT INTO ledger (account, id, day, entry) VALUES (:account, :id, :day, :entry) ON CONFLICT DO NOTHING`);
  const remove = database.prepare('DELETE FROM ledger WHERE account = :account AND id = :id RETURNING entry');
  const drop = database.prepare('DELETE FROM ledger WHERE account = :account AND day < :day');
  const forget = database.prepare('DELETE FROM ledger WHERE account = :account');

  function dropOld(account: string, now: number): void {
    drop.run({ account, day: daysBefore(now, entries) });
    sums.drop(account, daysBefore(now, days));
  }

  return {
    has: (account, id) => find.get({ account, id }) !== undefined,
    post(account, entry, now) {
      const day = dayOf(entry);
      if (!findDay.get({ account, day })) dropOld(account, now);
      const { changes } = insert.run({ account, id: entry.id, day, entry: JSON.stringify(entry) });
      if (changes === 0) return false;
      sums.add(account, entry, 1);
      return true;
    },
    takeOut(account, id) {
      const row = remove.get({ account, id });
      if (row) sums.add(account, parseEntry(row['entry']), -1);
    },
    forget(account) {
      forget.run({ account });
      sums.forget(account);
    },
  };
}
