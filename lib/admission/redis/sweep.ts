import * as v from 'valibot';
import type { RedisCommands } from '#lib/state/redis/commands.ts';
import { parseTexts } from '#lib/state/redis/replies.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { dayKeys, ledgerKeys } from '#lib/usage/redis/ledger-keys.ts';
import { admissionKeys } from './admission-keys.ts';
import { endLeasesScript, expiredScript } from './lease-scripts.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const Ended = v.tuple([count, count]);

export interface Swept {
  ended: number;
  /** Whether a day has its first entry by this. */
  hasBegunDay: boolean;
}

const toPairs = (texts: readonly string[]): [id: string, day: string][] =>
  Array.from({ length: texts.length / 2 }, (_, index) => [texts[2 * index] ?? '', texts[2 * index + 1] ?? '']);

/** Ends leases that have expired, at most so many: those of each day in one step, with the keys of this day. */
export const createSweepSome =
  (commands: RedisCommands) =>
  async (account: TenantRef, most: number, signal: AbortSignal): Promise<Swept> => {
    const { leases, expiry, budgets } = admissionKeys(account);
    const { settled, lost, ledgerDays, usageDays, kept, partDays } = ledgerKeys(account);
    const ofAccount = [leases, expiry, budgets, settled, lost, ledgerDays, usageDays, kept, partDays];
    const reply = await commands.evaluate(expiredScript, [leases, expiry], [String(most)], signal);
    const byDay = Map.groupBy(toPairs(parseTexts(reply)), ([, day]) => day);
    const swept: Swept = { ended: 0, hasBegunDay: false };
    for (const [day, pairs] of byDay) {
      const { ledger, usage, lost: details } = dayKeys(account, day);
      const keys = [...ofAccount, ledger, usage, details];
      const ids = pairs.map(([id]) => id);
      const [ended, begun] = v.parse(Ended, await commands.evaluate(endLeasesScript, keys, [day, ...ids], signal));
      swept.ended += ended;
      swept.hasBegunDay ||= begun === 1;
    }
    return swept;
  };
