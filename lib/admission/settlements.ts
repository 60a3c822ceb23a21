import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { AdmissionStore, Settlement } from './admission-store.ts';

/** Writes settlements, now or as soon as the store takes them. */
export interface Settlements {
  /** Resolves when it is written, or kept to be. Never throws. */
  settle(account: TenantRef, settlement: Settlement): Promise<void>;
  /** So many are kept that no request may be let in that could add one. */
  isFull(): boolean;
  /** Writes what is kept, for so long at most; what can't be written stands in the log. */
  close(milliseconds: number): Promise<void>;
}

interface SettlementsDeps {
  store: Pick<AdmissionStore, 'settle'>;
  logger: Logger;
  metrics: Metrics;
  maxKept?: number;
}

interface Kept {
  account: TenantRef;
  settlement: Settlement;
}

const maxKeptDefault = 10_000;
const attemptMilliseconds = 1_000;
const retryMilliseconds = 500;

export function createSettlements(deps: SettlementsDeps): Settlements {
  const { store, logger, metrics, maxKept = maxKeptDefault } = deps;
  const kept: Kept[] = [];
  const running = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;

  async function write({ account, settlement }: Kept): Promise<boolean> {
    try {
      await store.settle(account, settlement, AbortSignal.timeout(attemptMilliseconds));
      return true;
    } catch (error) {
      logger.warn({ event: 'settlement_postponed', tenant_id: account.tenantId, call_id: settlement.callId, error });
      return false;
    }
  }

  function keep(item: Kept): void {
    kept.push(item);
    metrics.pendingSettlements(kept.length);
    timer ??= setTimeout(() => void retry(), retryMilliseconds).unref();
  }

  /** In their order, until the first that can't be written. Each is idempotent: one whose answer was lost is written again. */
  async function retry(): Promise<void> {
    for (let [first] = kept; first && (await write(first)); [first] = kept) {
      kept.shift();
      metrics.pendingSettlements(kept.length);
    }
    timer = kept.length > 0 ? setTimeout(() => void retry(), retryMilliseconds).unref() : undefined;
  }

  async function settleOnce(item: Kept): Promise<void> {
    if (!(await write(item))) keep(item);
  }

  return {
    isFull: () => kept.length >= maxKept,
    async settle(account, settlement) {
      const work = settleOnce({ account, settlement });
      running.add(work);
      await work.finally(() => running.delete(work));
    },
    async close(milliseconds) {
      await Promise.all(running);
      clearTimeout(timer);
      const until = performance.now() + milliseconds;
      for (let [first] = kept; first && performance.now() < until; [first] = kept) {
        if (await write(first)) kept.shift();
        else await new Promise((resolve) => setTimeout(resolve, retryMilliseconds / 5));
      }
      for (const { account, settlement } of kept) {
        const { callId, entries } = settlement;
        logger.error({ event: 'settlement_lost', tenant_id: account.tenantId, call_id: callId, entries });
      }
    },
  };
}
