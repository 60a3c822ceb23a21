import * as v from 'valibot';
import type { RedisCommands } from '#lib/state/redis/commands.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { dayKeys, ledgerKeys } from '#lib/usage/redis/ledger-keys.ts';
import { toPosting } from '#lib/usage/redis/posting.ts';
import type { Settlement } from '../admission-store.ts';
import { admissionKeys } from './admission-keys.ts';
import { settleScript } from './settle-script.ts';

const Reply = v.union([
  v.tuple([v.literal('day'), v.pipe(v.string(), v.regex(/^\d{8}$/))]),
  v.tuple([v.picklist(['done', 'begun'])]),
]);

/** The call's worst case may stand in another day's ledger, and in another one by the next try. */
const maxTries = 4;

/** Gives whether a day has its first entry by this. */
export const createSettle =
  (commands: RedisCommands, maxEntries: number) =>
  async (account: TenantRef, settlement: Settlement, signal: AbortSignal): Promise<boolean> => {
    const { tokens, leases, expiry, budgets } = admissionKeys(account);
    const { settled, lost, ledgerDays, usageDays, kept, partDays } = ledgerKeys(account);
    const postings = settlement.entries.map(toPosting);
    const days = new Set(postings.map(({ day }) => day));
    const paidFrom = settlement.budgets.flatMap(({ owner, period }) => [owner, period]);

    for (let tries = 0; tries < maxTries; tries += 1) {
      const keysOfDays = [...days].flatMap((day) => {
        const keys = dayKeys(account, day);
        return [keys.ledger, keys.usage, keys.lost];
      });
      const ledger = [settled, lost, ledgerDays, usageDays, kept, partDays];
      const keys = [tokens, leases, expiry, budgets, ...ledger, ...keysOfDays];
      const { leaseId = '', callId } = settlement;
      const args = [
        leaseId,
        callId,
        String(settlement.tokens),
        JSON.stringify(paidFrom),
        JSON.stringify(postings),
        String(maxEntries),
        ...days,
      ];
      const reply = v.parse(Reply, await commands.evaluate(settleScript, keys, args, signal));
      if (reply[0] !== 'day') return reply[0] === 'begun';
      days.add(reply[1]);
    }
    throw new Error('A call was lost in one day after the other');
  };
