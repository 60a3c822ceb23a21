import { LRUCache } from 'lru-cache';
import { ApiError } from '#lib/core/api-error.ts';
import type { Clock } from '#lib/core/clock.ts';
import { toRefText, type TenantRef } from '#lib/tenancy/state-key.ts';
import type { AccountLimits } from './admission-store.ts';

/** Limits that a process keeps by itself, while the store does not answer. */
export interface LocalLimits {
  /** Gives the function that gives the place back. Throws `rate_limited`, `concurrency_limited`. */
  enter(account: TenantRef, limits: AccountLimits, tokens: number): () => void;
}

interface LocalLimitsOptions {
  /** By how many processes a limit may be shared: each keeps to its part of it. */
  processes: number;
  /** Milliseconds that only ever grow. */
  now: Clock;
}

interface Account {
  requests: number;
  tokens: number;
  held: number;
  windowFrom: number;
}

const windowMilliseconds = 60_000;
const maxAccounts = 10_000;
/** For tenants without a limit of their own: nobody is unlimited while nobody counts together. */
const defaultLimits = { requestsPerMinute: 12_000, tokensPerMinute: 20_000_000, concurrentRequests: 2_000 };

export function createLocalLimits({ processes, now }: LocalLimitsOptions): LocalLimits {
  const accounts = new LRUCache<string, Account>({ max: maxAccounts });
  const shareOf = (limit: number | undefined, otherwise: number) =>
    Math.max(1, Math.floor((limit ?? otherwise) / processes));

  function find(account: TenantRef): Account {
    const key = toRefText(account);
    const known = accounts.get(key) ?? { requests: 0, tokens: 0, held: 0, windowFrom: now() };
    accounts.set(key, known);
    if (now() - known.windowFrom >= windowMilliseconds)
      Object.assign(known, { requests: 0, tokens: 0, windowFrom: now() });
    return known;
  }

  return {
    enter(account, limits, tokens) {
      const found = find(account);
      const retryAfter = Math.max(1, Math.ceil((found.windowFrom + windowMilliseconds - now()) / 1000));
      const mostTokens = shareOf(limits.tokensPerMinute, defaultLimits.tokensPerMinute);
      const counted = Math.min(tokens, mostTokens);
      if (
        found.requests >= shareOf(limits.requestsPerMinute, defaultLimits.requestsPerMinute) ||
        found.tokens + counted > mostTokens
      ) {
        throw new ApiError('rate_limited', undefined, { retryAfter });
      }
      if (found.held >= shareOf(limits.concurrentRequests, defaultLimits.concurrentRequests)) {
        throw new ApiError('concurrency_limited', undefined, { retryAfter: 1 });
      }
      found.requests += 1;
      found.tokens += counted;
      found.held += 1;
      let hasLeft = false;
      return () => {
        if (!hasLeft) found.held -= 1;
        hasLeft = true;
      };
    },
  };
}
