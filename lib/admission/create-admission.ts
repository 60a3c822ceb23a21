import { ApiError } from '#lib/core/api-error.ts';
import type { Clock } from '#lib/core/clock.ts';
import { createFairGate } from '#lib/core/fair-gate.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import { toRefText } from '#lib/tenancy/state-key.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { Estimates } from '#lib/usage/estimate-usage.ts';
import type { Admit, CheckRate, Lease, Ticket } from './admission.ts';
import type { AdmissionStore } from './admission-store.ts';
import { hasHardBudget } from './budget-claims.ts';
import { createHoldBack } from './hold-back.ts';
import { createLeaseKeeper, leaseMilliseconds } from './lease-keeper.ts';
import { createLocalLimits } from './local-limits.ts';
import { createRefusalMemory } from './refusal-memory.ts';
import { createSettleRequest } from './settle-request.ts';
import { createSettlements } from './settlements.ts';
import { createTakePlace } from './take-place.ts';
import { toClaim } from './to-claim.ts';

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
  checkRate: CheckRate;
  /** Settles what is to be settled, and waits for requests that have not ended yet, for so long as it takes within limits. */
  close(): Promise<void>;
}

const closeMilliseconds = 5_000;
const pollMilliseconds = 10;
const lastMilliseconds = 60_000;

/** Not `concurrency_limited`: a place may be free in the next moment. */
const heldBackCodes = new Set<ApiError['code']>(['rate_limited', 'budget_exhausted']);
const isHeldBack = (error: unknown): error is ApiError => error instanceof ApiError && heldBackCodes.has(error.code);

/** Lets requests in with one round trip to the store, and settles them with another. */
export function createAdmission(deps: AdmissionDeps): Admission {
  const { store, logger, metrics, now, monotonic, randomId, maxInFlight, maxProcesses } = deps;
  const gate = createFairGate({ limit: maxInFlight, queue: 2 * maxInFlight, report: metrics.queue('admission') });
  const leases = createLeaseKeeper({ store, logger, now: monotonic });
  const local = createLocalLimits({ processes: maxProcesses, now: monotonic });
  const settlements = createSettlements({ store, logger, metrics });
  const refusals = createRefusalMemory(monotonic);
  const holdBack = createHoldBack();
  const takePlace = createTakePlace({ store, leases, local, refusals, settlements, metrics });
  const settleRequest = createSettleRequest({ ...deps, settlements });
  const open = new Set<Lease>();

  async function enterGate({ account, limits }: TenantScope, signal: AbortSignal): Promise<() => void> {
    try {
      return await gate.enter(toRefText(account), limits.weight ?? 1, signal);
    } catch (error) {
      if (error instanceof ApiError) metrics.refusal('share');
      throw error;
    }
  }

  async function createLease(scope: TenantScope, ticket: Ticket, leaveGate: () => void): Promise<Lease> {
    const { functionName, demand } = ticket;
    const startedAt = monotonic();
    const claim = toClaim(scope, ticket, { now: now(), ttlMilliseconds: leaseMilliseconds, randomId });
    const { isHeld, headers, leave } = await takePlace(scope, ticket, claim);
    if (hasHardBudget(scope)) scope.usage.limit = demand.nanodollars;
    const end = async () => {
      const seconds = (monotonic() - startedAt) / 1000;
      const inFlight = gate.held;
      leave();
      leaveGate();
      await settleRequest(scope, claim, { functionName, isHeld, seconds, inFlight });
      leases.release(scope.account, claim.leaseId);
      open.delete(lease);
    };
    let ending: Promise<void> | undefined;
    const lease: Lease = { headers, end: () => (ending ??= end()) };
    open.add(lease);
    return lease;
  }

  function findRefusal(scope: TenantScope): ApiError | undefined {
    const known = refusals.find(scope);
    if (known) metrics.refusal('requests');
    return known;
  }

  async function letIn(scope: TenantScope, ticket: Ticket, signal: AbortSignal): Promise<Lease> {
    const refusal = findRefusal(scope);
    if (refusal) throw refusal;
    const leaveGate = await enterGate(scope, signal);
    try {
      const lease = await createLease(scope, ticket, leaveGate);
      if (signal.aborted) await lease.end();
      signal.throwIfAborted();
      return lease;
    } catch (error) {
      leaveGate();
      throw error;
    }
  }

  return {
    async checkRate(scope, signal) {
      const refusal = findRefusal(scope);
      if (refusal) await holdBack(refusal, signal);
    },
    async admit(scope, ticket, signal) {
      try {
        return await letIn(scope, ticket, signal);
      } catch (error) {
        if (isHeldBack(error)) await holdBack(error, signal);
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
