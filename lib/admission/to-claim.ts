import { toIsoTime } from '#lib/core/clock.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { LedgerEntry } from '#lib/usage/ledger-entry.ts';
import type { Ticket } from './admission.ts';
import type { AccountLimits, Claim } from './admission-store.ts';
import { toBudgetClaims } from './budget-claims.ts';

export const toLimits = ({ limits }: Pick<TenantScope, 'limits'>): AccountLimits => ({
  requestsPerMinute: limits.requests_per_minute,
  tokensPerMinute: limits.tokens_per_minute,
  concurrentRequests: limits.concurrent_requests,
});

/** What the ledger says of a request that nobody has settled. */
const toLostEntry = (scope: TenantScope, ticket: Ticket, callId: string, now: number): LedgerEntry => ({
  id: callId,
  at: toIsoTime(now),
  user_id: scope.userId,
  ...(scope.keyId === undefined ? {} : { key_id: scope.keyId }),
  function: ticket.functionName,
  ...ticket.demand.model,
  input_tokens: ticket.demand.tokens,
  cached_input_tokens: 0,
  output_tokens: 0,
  nanodollars: ticket.demand.nanodollars,
  estimated: true,
  own_key: false,
  request_id: scope.origin.requestId,
  outcome: 'lost',
});

/** What the store is asked for. A ticket without a call of its own gets one. */
export function toClaim(
  scope: TenantScope,
  ticket: Ticket,
  { now, ttlMilliseconds, randomId }: { now: number; ttlMilliseconds: number; randomId: () => string },
): Claim {
  const callId = ticket.callId ?? randomId();
  return {
    leaseId: randomId(),
    callId,
    ttlMilliseconds,
    limits: toLimits(scope),
    tokens: ticket.demand.tokens,
    budgets: toBudgetClaims(scope, now),
    lost: toLostEntry(scope, ticket, callId, now),
  };
}
