import type { Clock } from '#lib/core/clock.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { toCostEvent } from '#lib/usage/cost-event.ts';
import { estimateUsage, type Estimates } from '#lib/usage/estimate-usage.ts';
import { toLedgerEntries } from '#lib/usage/to-ledger-entries.ts';
import type { Claim } from './admission-store.ts';
import type { Settlements } from './settlements.ts';

interface SettleRequestDeps {
  settlements: Pick<Settlements, 'settle'>;
  logger: Logger;
  metrics: Metrics;
  estimates: Estimates;
  now: Clock;
}

interface Ended {
  functionName: string;
  /** Whether the store holds a lease for it. */
  isHeld: boolean;
  /** For which it was in the process, and with how many others, itself included. */
  seconds: number;
  inFlight: number;
}

/** Tells what a request has spent, and what the platform's own work for it is taken to cost, and has it written. Never throws. */
export function createSettleRequest({ settlements, logger, metrics, estimates, now }: SettleRequestDeps) {
  return async (scope: TenantScope, { leaseId, callId, budgets }: Claim, ended: Ended): Promise<void> => {
    const { functionName, isHeld, seconds, inFlight } = ended;
    const calls = [
      ...scope.usage.calls,
      ...estimateUsage(estimates, { searches: scope.usage.searches, seconds, inFlight }),
    ];
    const entries = toLedgerEntries(scope, { callId, functionName, now: now() }, calls);
    for (const entry of entries) {
      logger.info(toCostEvent(entry, scope.tenantId));
      metrics.cost(scope.tenantId, entry.nanodollars);
    }
    if (!isHeld && entries.length === 0) return;
    const tokens = entries.reduce((sum, entry) => sum + entry.input_tokens + entry.output_tokens, 0);
    const settlement = { leaseId: isHeld ? leaseId : undefined, callId, tokens, budgets, entries };
    await settlements.settle(scope.account, settlement);
  };
}
