import type { Claim, Refusal, Verdict } from '../admission-store.ts';
import { placeRetryMilliseconds } from '../place-retry.ts';
import { toStanding, untilLess, type RateWindow } from '../rate-window.ts';
import type { Tables } from './tables.ts';

interface Requested {
  window: RateWindow;
  limit: number;
  /** What it would count. */
  amount: number;
}

const excessOf = ({ window, amount, limit }: Requested): number => window.total + amount - limit;

/** Checks everything, then writes: a refused claim changes nothing. Inside the caller's transaction. */
export function admitClaim({ rates, leases, budgets }: Tables, account: string, claim: Claim, now: number): Verdict {
  const { requestsPerMinute, tokensPerMinute, concurrentRequests } = claim.limits;
  const request = (kind: 'requests' | 'tokens', limit: number | undefined, amount: number): Requested | undefined =>
    limit === undefined
      ? undefined
      : { window: rates.open(account, kind, now), limit, amount: kind === 'tokens' ? Math.min(amount, limit) : amount };
  const requests = request('requests', requestsPerMinute, 1);
  const tokens = request('tokens', tokensPerMinute, claim.tokens);

  const standingOf = (of: Requested | undefined, isAdmitted: boolean) =>
    of && toStanding(of.window, of.limit, isAdmitted ? of.amount : 0, now);
  const standing = (isAdmitted: boolean) => ({
    requests: standingOf(requests, isAdmitted),
    tokens: standingOf(tokens, isAdmitted),
  });
  const refuse = (by: Refusal, retryMilliseconds: number | undefined): Verdict => ({
    isAdmitted: false,
    by,
    retryMilliseconds,
    ...standing(false),
  });

  if (requests && excessOf(requests) > 0)
    return refuse('requests', untilLess(requests.window, excessOf(requests), now));
  if (tokens && excessOf(tokens) > 0) return refuse('tokens', untilLess(tokens.window, excessOf(tokens), now));
  if (concurrentRequests !== undefined && leases.countLive(account, now) >= concurrentRequests) {
    return refuse('concurrency', placeRetryMilliseconds);
  }
  const amount = claim.lost.nanodollars;
  const opened = claim.budgets.map((budget) => ({ ...budget, ...budgets.open(account, budget, now) }));
  if (amount > 0 && opened.some(({ isHard, used, limit }) => isHard && used + amount > limit)) {
    return refuse('budget', undefined);
  }

  if (requests) rates.add(account, 'requests', requests.window.step, 1);
  if (tokens) rates.add(account, 'tokens', tokens.window.step, tokens.amount);
  for (const budget of opened) budgets.reserve(account, budget, amount);
  const lease = {
    id: claim.leaseId,
    callId: claim.callId,
    tokenStep: tokens?.window.step,
    tokens: tokens?.amount ?? 0,
    paidFrom: opened.map(({ owner, period }) => ({ owner, period })),
    lost: claim.lost,
  };
  leases.add(account, lease, now + claim.ttlMilliseconds);
  return { isAdmitted: true, ...standing(true) };
}
