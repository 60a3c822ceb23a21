import type { DatabaseSync } from 'node:sqlite';
import { dayOf, type LedgerEntry } from '../ledger-entry.ts';
import { maxRowsOfDay, otherUser } from '../rows-of-day.ts';

/** An empty `key_id` stands for none: a part of a key is never NULL. */
export const dailySumsSchema = `
  CREATE TABLE IF NOT EXISTS daily_sum (
    account TEXT NOT NULL, day TEXT NOT NULL, model TEXT NOT NULL, user_id TEXT NOT NULL, key_id TEXT NOT NULL,
    function TEXT NOT NULL, requests INTEGER NOT NULL, input_tokens INTEGER NOT NULL, cached_input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL, nanodollars INTEGER NOT NULL, estimated_nanodollars INTEGER NOT NULL,
    PRIMARY KEY (account, day, model, user_id, key_id, function)
  ) STRICT, WITHOUT ROWID;`;

interface DailySums {
  /** `sign` is -1 for an entry that is taken out again. */
  add(account: string, entry: LedgerEntry, sign: 1 | -1): void;
  /** Removes the days before this one. */
  drop(account: string, day: string): void;
  forget(account: string): void;
}

export function createDailySums(database: DatabaseSync): DailySums {
  const find = database.prepare(`
    SELECT 1 FROM daily_sum WHERE account = :account AND day = :day AND model = :model AND user_id = :user_id
      AND key_id = :key_id AND function = :function`);
  const count = database.prepare('SELECT count(*) AS rows FROM daily_sum WHERE account = :account AND day = :day');
  const add = database.prepare(`
    INSERT INTO daily_sum VALUES (:account, :day, :model, :user_id, :key_id, :function, :requests, :input_tokens,
      :cached_input_tokens, :output_tokens, :nanodollars, :estimated_nanodollars)
    ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, input_tokens = input_tokens + excluded.input_tokens,
      cached_input_tokens = cached_input_tokens + excluded.cached_input_tokens,
      output_tokens = output_tokens + excluded.output_tokens, nanodollars = nanodollars + excluded.nanodollars,
      estimated_nanodollars = estimated_nanodollars + excluded.estimated_nanodollars`);
  const drop = database.prepare('DELETE FROM daily_sum WHERE account = :account AND day < :day');
  const forget = database.prepare('DELETE FROM daily_sum WHERE account = :account');

  function userOf(
    row: { account: string; day: string; model: string; key_id: string; function: string },
    user: string,
  ) {
    const { account, day } = row;
    const isFull = Number(count.get({ account, day })?.['rows']) >= maxRowsOfDay;
    return isFull && !find.get({ ...row, user_id: user }) ? otherUser : user;
  }

  return {
    add(account, entry, sign) {
      const { model, key_id = '', function: functionName } = entry;
      const row = { account, day: dayOf(entry), model, key_id, function: functionName };
      add.run({
        ...row,
        user_id: userOf(row, entry.user_id),
        requests: sign,
        input_tokens: sign * entry.input_tokens,
        cached_input_tokens: sign * entry.cached_input_tokens,
        output_tokens: sign * entry.output_tokens,
        nanodollars: sign * entry.nanodollars,
        estimated_nanodollars: entry.estimated ? sign * entry.nanodollars : 0,
      });
    },
    drop: (account, day) => void drop.run({ account, day }),
    forget: (account) => void forget.run({ account }),
  };
}
