import type { RedisCommands } from '#lib/state/redis/commands.ts';
import { unlinkScript } from '#lib/state/redis/scripts.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { createDropDays } from '#lib/usage/redis/drop-days.ts';
import { ledgerKeys } from '#lib/usage/redis/ledger-keys.ts';
import { toPosting } from '#lib/usage/redis/posting.ts';
import { defaultRetention, type Retention } from '#lib/usage/rows-of-day.ts';
import type { AdmissionStore, Claim } from './admission-store.ts';
import { admissionKeys } from './redis/admission-keys.ts';
import { admitScript } from './redis/admit-script.ts';
import { renewScript } from './redis/lease-scripts.ts';
import { createSettle } from './redis/settle.ts';
import { createSweepSome } from './redis/sweep.ts';
import { parseAdmittance } from './redis/verdict.ts';

interface RedisAdmissionOptions {
  retention?: Retention;
  /** Of an account: the server has them in its memory. What is spent beyond them is added up. */
  maxEntries: number;
}

/** Most leases that one script renews or ends. */
const portion = 100;
/** What a request ends for others on its way. */
const fewLeases = 10;

function toArguments({ leaseId, callId, ttlMilliseconds, limits, tokens, budgets, lost }: Claim): string[] {
  const { requestsPerMinute = '', tokensPerMinute = '', concurrentRequests = '' } = limits;
  const posting = toPosting(lost);
  const counts = [ttlMilliseconds, requestsPerMinute, tokensPerMinute, concurrentRequests, tokens, lost.nanodollars];
  const paidFrom = budgets.flatMap(({ owner, period, limit, isHard }) => [
    owner,
    period,
    String(limit),
    isHard ? '1' : '0',
  ]);
  return [leaseId, callId, ...counts.map(String), posting.day, JSON.stringify(posting), ...paidFrom];
}

export function createRedisAdmissionStore(
  commands: RedisCommands,
  { retention = defaultRetention, maxEntries }: RedisAdmissionOptions,
): AdmissionStore {
  const settle = createSettle(commands, maxEntries);
  const sweepSome = createSweepSome(commands);
  const dropDays = createDropDays(commands);

  async function sweep(account: TenantRef, most: number, signal: AbortSignal): Promise<number> {
    const { ended, hasBegunDay } = await sweepSome(account, most, signal);
    if (hasBegunDay) await tidy(dropDays(account, retention, signal));
    return ended;
  }

  return {
    async admit(account, claim, signal) {
      const { requests, tokens, leases, expiry, budgets } = admissionKeys(account);
      const keys = [requests, tokens, leases, expiry, budgets];
      const reply = await commands.evaluate(admitScript, keys, toArguments(claim), signal);
      const { verdict, expired } = parseAdmittance(reply, claim.limits);
      if (expired > 0) await tidy(sweep(account, fewLeases, signal));
      return verdict;
    },
    async renew(account, leaseIds, ttlMilliseconds, signal) {
      const { expiry } = admissionKeys(account);
      for (let start = 0; start < leaseIds.length; start += portion) {
        const ids = leaseIds.slice(start, start + portion);
        await commands.evaluate(renewScript, [expiry], [String(ttlMilliseconds), ...ids], signal);
      }
    },
    async settle(account, settlement, signal) {
      const hasBegunDay = await settle(account, settlement, signal);
      if (hasBegunDay) await tidy(dropDays(account, retention, signal));
    },
    async sweep(account, signal) {
      let ended = 0;
      for (;;) {
        const some = await sweep(account, portion, signal);
        ended += some;
        if (some < portion) return ended;
      }
    },
    async forget(account, signal) {
      await dropDays(account, undefined, signal);
      const keys = [...Object.values(admissionKeys(account)), ...Object.values(ledgerKeys(account))];
      await commands.evaluate(unlinkScript, keys, [], signal);
    },
  };
}

/** What was asked for is done by now: what could not be tidied up after it is by a later call, or by a sweep, which tells. */
const tidy = (work: Promise<unknown>): Promise<unknown> => work.catch(() => undefined);
