import { ApiError } from '#lib/core/api-error.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import { toRefText, type TenantRef } from '#lib/tenancy/state-key.ts';
import type { AdmissionStore, Settlement } from './admission-store.ts';

/** Writes settlements, now or as soon as the store takes them. */
export interface Settlements {
  /** Resolves when it is written, or kept to be. Never throws. */
  settle(account: TenantRef, settlement: Settlement): Promise<void>;
  /** Resolves when what is being settled for the account at this moment is written, or kept to be; `undefined` where nothing is. */
  underWay(account: TenantRef): Promise<unknown> | undefined;
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
  /** How often the store has answered that it can't. */
  faults: number;
}

const maxKeptDefault = 10_000;
const attemptMilliseconds = 1_000;
const retryMilliseconds = 500;
const closingMilliseconds = 100;
const atOnce = 8;
/** The store is away, and not a part of it. */
const maxFailuresOfRound = 16;
/** A settlement that the store finds fault with is not written by trying for ever. */
const maxFaults = 5;

export function createSettlements(deps: SettlementsDeps): Settlements {
  const { store, logger, metrics, maxKept = maxKeptDefault } = deps;
  const kept = new Set<Kept>();
  /** First tries, by account. */
  const first = new Map<string, Set<Promise<void>>>();
  let round: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const toEvent = ({ account, settlement: { callId } }: Kept) => ({ tenant_id: account.tenantId, call_id: callId });

  async function write(item: Kept): Promise<boolean> {
    try {
      await store.settle(item.account, item.settlement, AbortSignal.timeout(attemptMilliseconds));
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) item.faults += 1;
      metrics.ledgerFailure();
      logger.warn({ event: 'settlement_postponed', ...toEvent(item), error });
      return false;
    }
  }

  function lose(item: Kept): void {
    logger.error({ event: 'settlement_lost', ...toEvent(item), entries: item.settlement.entries });
  }

  /** One that can't be written makes room for the others. */
  async function writeKept(item: Kept): Promise<boolean> {
    const isWritten = await write(item);
    kept.delete(item);
    if (!isWritten && item.faults < maxFaults) kept.add(item);
    else if (!isWritten) lose(item);
    metrics.pendingSettlements(kept.size);
    return isWritten;
  }

  /** Each is idempotent: one whose answer was lost is written again. */
  async function writeAll(): Promise<void> {
    const items = [...kept].values();
    let failures = 0;
    const work = async () => {
      for (const item of items) {
        if (failures >= maxFailuresOfRound) return;
        failures += (await writeKept(item)) ? 0 : 1;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }

  /** Never two at once: both would write the same. */
  function writeRound(): Promise<void> {
    round ??= writeAll().finally(() => (round = undefined));
    return round;
  }

  function retryLater(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      void writeRound().then(() => {
        if (kept.size > 0) retryLater();
      });
    }, retryMilliseconds).unref();
  }

  async function settleFirst(item: Kept): Promise<void> {
    if (await write(item)) return;
    kept.add(item);
    metrics.pendingSettlements(kept.size);
    retryLater();
  }

  return {
    isFull: () => kept.size >= maxKept,
    underWay(account) {
      const works = first.get(toRefText(account));
      return works && Promise.all(works);
    },
    async settle(account, settlement) {
      const name = toRefText(account);
      const works = first.get(name) ?? new Set();
      first.set(name, works);
      const work = settleFirst({ account, settlement, faults: 0 });
      works.add(work);
      await work;
      works.delete(work);
      if (works.size === 0) first.delete(name);
    },
    async close(milliseconds) {
      await Promise.all([...first.values()].flatMap((works) => [...works]));
      const until = performance.now() + milliseconds;
      await writeRound();
      while (kept.size > 0 && performance.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, closingMilliseconds));
        await writeRound();
      }
      clearTimeout(timer);
      for (const item of kept) lose(item);
    },
  };
}
