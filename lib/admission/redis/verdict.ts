import * as v from 'valibot';
import type { AccountLimits, RateStanding, Verdict } from '../admission-store.ts';

const integer = v.pipe(v.number(), v.safeInteger());
const Reply = v.tuple([
  v.picklist(['', 'requests', 'tokens', 'concurrency', 'budget']),
  integer,
  integer,
  integer,
  integer,
  integer,
  integer,
]);

const toStanding = (limit: number | undefined, remaining: number, reset: number): RateStanding | undefined =>
  limit === undefined ? undefined : { limit, remaining, resetMilliseconds: reset };

export interface Admittance {
  verdict: Verdict;
  /** Leases of the account that have expired. */
  expired: number;
}

/** What `admitScript` gives. */
export function parseAdmittance(reply: unknown, limits: AccountLimits): Admittance {
  const [by, retry, requests, requestReset, tokens, tokenReset, expired] = v.parse(Reply, reply);
  const standing = {
    requests: toStanding(limits.requestsPerMinute, requests, requestReset),
    tokens: toStanding(limits.tokensPerMinute, tokens, tokenReset),
  };
  if (by === '') return { verdict: { isAdmitted: true, ...standing }, expired };
  const retryMilliseconds = retry < 0 ? undefined : retry;
  return { verdict: { isAdmitted: false, by, retryMilliseconds, ...standing }, expired };
}
