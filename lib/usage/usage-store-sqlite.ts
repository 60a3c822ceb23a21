import type { DatabaseSync } from 'node:sqlite';
import { tenantPrefix } from '#lib/tenancy/state-key.ts';
import { parseEntry } from './sqlite/ledger.ts';
import type { DailyUsage, UsageStore } from './usage-store.ts';

/** Most entries that are read at once. */
const portion = 200;

const toDailyUsage = (row: Record<string, unknown>): DailyUsage => ({
  day: String(row['day']),
  model: String(row['model']),
  user_id: String(row['user_id']),
  key_id: row['key_id'] === '' ? undefined : String(row['key_id']),
  function: String(row['function']),
  requests: Number(row['requests']),
  input_tokens: Number(row['input_tokens']),
  cached_input_tokens: Number(row['cached_input_tokens']),
  output_tokens: Number(row['output_tokens']),
  nanodollars: Number(row['nanodollars']),
  estimated_nanodollars: Number(row['estimated_nanodollars']),
});

export function createSqliteUsageStore(database: DatabaseSync): UsageStore {
  const daily = database.prepare(`
    SELECT * FROM daily_sum WHERE account = :account AND day BETWEEN :from AND :to AND requests > 0`);
  const entries = database.prepare(`
    SELECT id, entry FROM ledger WHERE account = :account AND day = :day AND id > :after ORDER BY id LIMIT :portion`);

  return {
    async daily(account, { from, to }, signal) {
      signal.throwIfAborted();
      return daily.all({ account: tenantPrefix(account), from, to }).map(toDailyUsage);
    },
    async *entries(account, day, signal) {
      let after = '';
      for (;;) {
        signal.throwIfAborted();
        const rows = entries.all({ account: tenantPrefix(account), day, after, portion });
        for (const row of rows) yield parseEntry(row['entry']);
        if (rows.length < portion) return;
        after = String(rows.at(-1)?.['id']);
      }
    },
    /** On disk all are kept. */
    partDays: async () => [],
  };
}
