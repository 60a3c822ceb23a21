import { ApiError } from '#lib/core/api-error.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { estimateUsage, type Estimates } from '#lib/usage/estimate-usage.ts';
import type { LedgerEntry } from '#lib/usage/ledger-entry.ts';
import { toCostEvent } from '#lib/usage/cost-event.ts';
import { toLedgerEntries } from '#lib/usage/to-ledger-entries.ts';
import type { Admit, Lease, Ticket } from './admission.ts';
import type { AdmissionStore, Claim, Verdict } from './admission-store.ts';
import { hasHardBudget } from './budget-claims.ts';
import { createFairGate } from './fair-gate.ts';
import { createLeaseKeeper, leaseMilliseconds } from './lease-keeper.ts';
import { createLocalLimits } from './local-limits.ts';
import { toRateLimitHeaders } from './rate-limit-headers.ts';
import { createRefusalMemory } from './refusal-memory.ts';
import { createSettlements } from './settlements.ts';
import { toClaim, toLimits } from './to-claim.ts';
import { toRefusal } from './to-refusal.ts';

interface AdmissionDeps {
  store: AdmissionStore;
  logger: Logger;
  metrics: Metrics;
  now: Clock;
  /** Milliseconds that only ever grow. */
  monotonic: Clock;
  randomId: () => string;
  /** Most requests under way in this process. */
  maxInFlight: number;
  /** Most processes that a tenant's limits may be shared by. */
  maxProcesses: number;
  estimates: Estimates;
}

export interface Admission {
  admit: Admit;
  /** Settles what is to be settled, and waits for requests that have not ended yet, for so long as it takes within limits. */
  close(): Promise<void>;
}

const closeMilliseconds = 5_000;
const pollMilliseconds = 10;
const lastMilliseconds = 60_000;
/** More than the store's own budget of time: it answers or fails by itself. */
const storeMilliseconds = 2_000;

const isStoreAway = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.code === 'state_unavailable' || error.code === 'storage_full');

/** Lets requests in with one round trip to the store, and settles them with another. */
export function createAdmission(deps: AdmissionDeps): Admission {
  const { store, logger, metrics, now, monotonic, randomId, maxInFlight, maxProcesses, estimates } = deps;
  const gate = createFairGate({ limit: maxInFlight, queue: 2 * maxInFlight });
  const leases = createLeaseKeeper({ store, logger, now: monotonic });
  const local = createLocalLimits({ processes: maxProcesses, now: monotonic });
  const settlements = createSettlements({ store, logger, metrics });
  const refusals = createRefusalMemory(monotonic);
  const open = new Set<Lease>();

  function refuse(scope: TenantScope, verdict: Extract<Verdict, { isAdmitted: false }>): never {
    metrics.refusal(verdict.by);
    const error = toRefusal(verdict);
    if (verdict.by === 'requests') refusals.keep(scope, error, verdict.retryMilliseconds ?? 0);
    // It may be full of what a process that is gone has claimed.
    if (verdict.by === 'budget' || verdict.by === 'concurrency') leases.watch(scope.account);
    throw error;
  }

  async function enterGate({ account, limits }: TenantScope, signal: AbortSignal): Promise<() => void> {
    try {
      return await gate.enter(`${account.tenantId}.${account.incarnation}`, limits.weight ?? 1, signal);
    } catch (error) {
      if (error instanceof ApiError) metrics.refusal('share');
      throw error;
    }
  }

  /** Ends a lease that was taken for nothing; its claim may have been written although no answer came. */
  const giveBack = ({ account }: TenantScope, { leaseId, callId, budgets }: Claim) =>
    settlements.settle(account, { leaseId, callId, tokens: 0, budgets, entries: [] });

  /** While the store is away: a budget that may not be overspent lets nobody spend, the rest goes on within narrow limits. */
  function enterAlone(scope: TenantScope, { demand }: Ticket, claim: Claim, failure: ApiError): () => void {
    // A failure without a cause is the store's breaker: nothing was sent.
    if (failure.cause !== undefined) void giveBack(scope, claim);
    if ((hasHardBudget(scope) && demand.nanodollars > 0) || settlements.isFull()) {
      metrics.refusal('state');
      throw failure;
    }
    return local.enter(scope.account, toLimits(scope), demand.tokens);
  }

  /** What the request has spent, and what the platform's own work for it is taken to cost. */
  function toEntries(scope: TenantScope, { functionName }: Ticket, callId: string, seconds: number): LedgerEntry[] {
    const work = { searches: scope.usage.searches, seconds, inFlight: gate.held + 1 };
    const calls = [...scope.usage.calls, ...estimateUsage(estimates, work)];
    return toLedgerEntries(scope, { callId, functionName, now: now() }, calls);
  }

  function tell({ tenantId }: TenantScope, entries: readonly LedgerEntry[]): void {
    for (const entry of entries) {
      logger.info(toCostEvent(entry, tenantId));
      metrics.cost(tenantId, entry.nanodollars);
    }
  }

  async function settle(scope: TenantScope, claim: Claim, entries: LedgerEntry[], isHeld: boolean): Promise<void> {
    const { leaseId, callId, budgets } = claim;
    tell(scope, entries);
    const tokens = entries.reduce((sum, entry) => sum + entry.input_tokens + entry.output_tokens, 0);
    if (!isHeld && entries.length === 0) return;
    await settlements.settle(scope.account, {
      leaseId: isHeld ? leaseId : undefined,
      callId,
      tokens,
      budgets,
      entries,
    });
    leases.release(scope.account, leaseId);
  }

  /** The claim's lease, or a place of this process alone. The client's leaving is looked at afterwards: a claim that is on its way can't be called back. */
  async function take(scope: TenantScope, ticket: Ticket, claim: Claim) {
    const limit = AbortSignal.timeout(storeMilliseconds);
    try {
      const verdict = await store.admit(scope.account, claim, limit);
      if (!verdict.isAdmitted) return refuse(scope, verdict);
      leases.hold(scope.account, claim.leaseId);
      return { isHeld: true, headers: toRateLimitHeaders(verdict), leave: () => undefined };
    } catch (error) {
      const failure = limit.aborted ? new ApiError('state_unavailable', undefined, { cause: error }) : error;
      if (!isStoreAway(failure)) throw failure;
      return { isHeld: false, headers: {}, leave: enterAlone(scope, ticket, claim, failure) };
    }
  }

  return {
    async admit(scope, ticket, signal): Promise<Lease> {
      const known = refusals.find(scope);
      if (known) {
        metrics.refusal('requests');
        throw known;
      }
      const leaveGate = await enterGate(scope, signal);
      const startedAt = monotonic();
      try {
        const claim = toClaim(scope, ticket, { now: now(), ttlMilliseconds: leaseMilliseconds, randomId });
        const { isHeld, headers, leave } = await take(scope, ticket, claim);
        const end = async () => {
          leave();
          leaveGate();
          const seconds = (monotonic() - startedAt) / 1000;
          await settle(scope, claim, toEntries(scope, ticket, claim.callId, seconds), isHeld);
          open.delete(lease);
        };
        let ending: Promise<void> | undefined;
        const lease: Lease = { headers, end: () => (ending ??= end()) };
        open.add(lease);
        if (hasHardBudget(scope)) scope.usage.limit = ticket.demand.nanodollars;
        if (signal.aborted) await lease.end();
        signal.throwIfAborted();
        return lease;
      } catch (error) {
        leaveGate();
        throw error;
      }
    },
    async close() {
      // Who has just sent its last byte, or lost its client, settles within a moment; who has lost it and is carried to its
      // end all the same, later.
      for (let waited = 0; open.size > 0 && waited < lastMilliseconds; waited += pollMilliseconds)
        await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
      leases.close();
      await settlements.close(closeMilliseconds);
    },
  };
}
