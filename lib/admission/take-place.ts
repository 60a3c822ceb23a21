import { ApiError } from '#lib/core/api-error.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { Ticket } from './admission.ts';
import type { AdmissionStore, Claim, Verdict } from './admission-store.ts';
import { hasHardBudget } from './budget-claims.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import type { LocalLimits } from './local-limits.ts';
import { toRateLimitHeaders } from './rate-limit-headers.ts';
import type { RefusalMemory } from './refusal-memory.ts';
import type { Settlements } from './settlements.ts';
import { toLimits } from './to-claim.ts';
import { toRefusal } from './to-refusal.ts';

interface TakePlaceDeps {
  store: Pick<AdmissionStore, 'admit'>;
  leases: Pick<LeaseKeeper, 'hold' | 'watch'>;
  local: LocalLimits;
  refusals: Pick<RefusalMemory, 'keep'>;
  settlements: Settlements;
  metrics: Metrics;
}

interface Place {
  /** Whether the store holds a lease; otherwise it is a place of this process alone. */
  isHeld: boolean;
  headers: Record<string, string>;
  leave: () => void;
}

/** More than the store's own budget of time: it answers or fails by itself. */
const storeMilliseconds = 2_000;

const isAway = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.code === 'state_unavailable' || error.code === 'storage_full');

const nothing = () => undefined;

/**
 * Has the store decide on a claim, or, while it is away, this process within narrow limits. The client's leaving is none of
 * its business: a claim that is on its way can't be called back. Throws what the refusal means.
 */
export function createTakePlace({ store, leases, local, refusals, settlements, metrics }: TakePlaceDeps) {
  /** The store's answer, or why there is none. */
  async function ask({ account }: TenantScope, claim: Claim): Promise<Verdict | ApiError> {
    const limit = AbortSignal.timeout(storeMilliseconds);
    try {
      return await store.admit(account, claim, limit);
    } catch (error) {
      if (isAway(error)) return error;
      if (limit.aborted) return new ApiError('state_unavailable', undefined, { cause: error });
      throw error;
    }
  }

  /** A client that asks again as soon as it has its answer is not refused for what that answer still holds. */
  async function askPatiently(scope: TenantScope, claim: Claim): Promise<Verdict | ApiError> {
    const settling = settlements.underWay(scope.account);
    const verdict = await ask(scope, claim);
    // All but the number of requests is corrected by a settlement.
    const isFinal = verdict instanceof ApiError || verdict.isAdmitted || verdict.by === 'requests';
    if (!settling || isFinal) return verdict;
    await settling;
    return ask(scope, claim);
  }

  function refuse(scope: TenantScope, verdict: Extract<Verdict, { isAdmitted: false }>): never {
    metrics.refusal(verdict.by);
    const error = toRefusal(verdict);
    if (verdict.by === 'requests') refusals.keep(scope, error, verdict.retryMilliseconds ?? 0);
    // It may be full of what a process that is gone has claimed.
    if (verdict.by === 'budget' || verdict.by === 'concurrency') leases.watch(scope.account);
    throw error;
  }

  /** A budget that may not be overspent lets nobody spend while nobody can count together. */
  function enterAlone(scope: TenantScope, { demand }: Ticket, failure: ApiError): () => void {
    if ((hasHardBudget(scope) && demand.nanodollars > 0) || settlements.isFull()) {
      metrics.refusal('state');
      throw failure;
    }
    try {
      return local.enter(scope.account, toLimits(scope), demand.tokens);
    } catch (error) {
      metrics.refusal('share');
      throw error;
    }
  }

  return async (scope: TenantScope, ticket: Ticket, claim: Claim): Promise<Place> => {
    const verdict = await askPatiently(scope, claim);
    if (verdict instanceof ApiError) {
      const { leaseId, callId, budgets } = claim;
      // It may have been written although no answer came. A failure without a cause is the store's breaker: nothing was sent.
      if (verdict.cause !== undefined)
        void settlements.settle(scope.account, { leaseId, callId, tokens: 0, budgets, entries: [] });
      return { isHeld: false, headers: {}, leave: enterAlone(scope, ticket, verdict) };
    }
    if (!verdict.isAdmitted) return refuse(scope, verdict);
    leases.hold(scope.account, claim.leaseId);
    return { isHeld: true, headers: toRateLimitHeaders(verdict), leave: nothing };
  };
}
