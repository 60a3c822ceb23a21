import type { RedisCommands } from '#lib/state/redis/commands.ts';
import { parseTexts } from '#lib/state/redis/replies.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { Retention } from '../rows-of-day.ts';
import { dropDaysScript, oldDaysScript } from './day-scripts.ts';
import { dayKeys, ledgerKeys } from './ledger-keys.ts';

/** Most days that one script removes. */
const portion = 50;

/** Removes an account's days that are older than they are kept; all of them, where nothing is. */
export const createDropDays =
  (commands: RedisCommands) =>
  async (account: TenantRef, kept: Retention | undefined, signal: AbortSignal): Promise<void> => {
    const { ledgerDays, usageDays, lost, kept: count, partDays } = ledgerKeys(account);

    async function drop(
      [index, other]: readonly [string, string],
      days: number | undefined,
      keysOf: (day: string) => string[],
    ): Promise<void> {
      const age = days === undefined ? '' : String(days);
      for (;;) {
        const old = parseTexts(await commands.evaluate(oldDaysScript, [index], [age, String(portion)], signal));
        const keys = [index, other, count, ...old.flatMap(keysOf)];
        if (old.length > 0) await commands.evaluate(dropDaysScript, keys, old, signal);
        if (old.length < portion) return;
      }
    }

    await drop([ledgerDays, lost], kept?.entries, (day) => {
      const { ledger, lost: details } = dayKeys(account, day);
      return [ledger, details];
    });
    await drop([usageDays, partDays], kept?.sums, (day) => [dayKeys(account, day).usage]);
  };
