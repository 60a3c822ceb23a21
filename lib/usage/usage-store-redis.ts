import * as v from 'valibot';
import type { RedisCommands } from '#lib/state/redis/commands.ts';
import { parseTexts } from '#lib/state/redis/replies.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { LedgerEntrySchema } from './ledger-entry.ts';
import { daysScript, entriesScript, sumsScript } from './redis/day-scripts.ts';
import { dayKeys, fromDayNumber, ledgerKeys, toDayNumber } from './redis/ledger-keys.ts';
import { toDailyUsage } from './redis/daily-usage.ts';
import type { DailyUsage, UsageStore } from './usage-store.ts';

/** Most entries, and about as many rows, that one script reads. */
const portion = 200;
/** Most days that one script reads rows of. */
const daysAtOnce = 31;
const Entry = v.pipe(v.string(), v.parseJson(), LedgerEntrySchema);
const Sums = v.tuple([v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number)), v.string(), v.array(v.string())]);

export function createRedisUsageStore(commands: RedisCommands): UsageStore {
  /** Some of the first days of an index. */
  async function listDays(index: string, from: string, to: string, signal: AbortSignal): Promise<string[]> {
    const range = [toDayNumber(from), toDayNumber(to), String(daysAtOnce)];
    return parseTexts(await commands.evaluate(daysScript, [index], range, signal));
  }

  async function* listAll(index: string, from: string, to: string, signal: AbortSignal): AsyncGenerator<string[]> {
    let first = from;
    for (;;) {
      const days = await listDays(index, first, to, signal);
      yield days;
      const last = days.at(-1);
      if (last === undefined || days.length < daysAtOnce) return;
      first = `(${fromDayNumber(last)}`;
    }
  }

  /** A row may come more than once, while a server makes room: the last time counts. */
  async function readDays(account: TenantRef, days: readonly string[], signal: AbortSignal): Promise<DailyUsage[]> {
    const rows = new Map<string, DailyUsage>();
    let read = 0;
    let cursor = '0';
    while (read < days.length) {
      const left = days.slice(read);
      const keys = left.map((day) => dayKeys(account, day).usage);
      const reply = await commands.evaluate(sumsScript, keys, [cursor, String(portion)], signal);
      const [ended, next, found] = v.parse(Sums, reply);
      for (let index = 0; index < found.length; index += 3) {
        const [position = '', row = '', sums = ''] = found.slice(index, index + 3);
        const day = fromDayNumber(left[Number(position)] ?? '');
        rows.set(`${day} ${row}`, toDailyUsage(day, row, sums));
      }
      read += ended;
      cursor = next;
    }
    return [...rows.values()].filter(({ requests }) => requests > 0);
  }

  return {
    async daily(account, { from, to }, signal) {
      const found: DailyUsage[] = [];
      for await (const days of listAll(ledgerKeys(account).usageDays, from, to, signal))
        found.push(...(await readDays(account, days, signal)));
      return found;
    },
    async partDays(account, { from, to }, signal) {
      const found = await Array.fromAsync(listAll(ledgerKeys(account).partDays, from, to, signal));
      return found.flat().map(fromDayNumber);
    },
    async *entries(account, day, signal) {
      const { ledger } = dayKeys(account, toDayNumber(day));
      let after = '-';
      for (;;) {
        const members = parseTexts(await commands.evaluate(entriesScript, [ledger], [after, String(portion)], signal));
        for (const member of members) yield v.parse(Entry, member.slice(member.indexOf('\n') + 1));
        if (members.length < portion) return;
        after = `(${members.at(-1) ?? ''}`;
      }
    },
  };
}
