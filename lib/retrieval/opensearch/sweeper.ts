import * as v from 'valibot';
import type { Logger } from '#lib/telemetry/logger.ts';
import { toRefText, type TenantRef } from '#lib/tenancy/state-key.ts';
import { createGate } from '#lib/core/gate.ts';
import { graceMilliseconds } from './ledger-scripts.ts';
import type { Ledger } from './ledger.ts';
import { isMissing } from './errors.ts';
import { toAlias } from './names.ts';
import type { Transport } from './transport.ts';

interface SweeperDeps {
  transport: Transport;
  ledger: Ledger;
  logger: Logger;
}

/** Deletes the rows of writes that the ledger hides. */
export interface Sweeper {
  /** A while from now, once no search can be looking at them any more. */
  schedule(tenant: TenantRef): void;
  /** Gives how many writes were swept away. */
  sweep(tenant: TenantRef, signal: AbortSignal): Promise<number>;
  close(): void;
}

const options = { timeout: 60_000, tries: 1 };
const maxScheduled = 10_000;
/** Of one deletion. */
const maxWrites = 2_000;
const maxPasses = 20;
/** Sweeping leaves the engine's time to searches. */
const atOnce = 4;

const Deleted = v.object({
  timed_out: v.boolean(),
  version_conflicts: v.number(),
  failures: v.array(v.unknown()),
  canceled: v.optional(v.string()),
});

export function createSweeper({ transport, ledger, logger }: SweeperDeps): Sweeper {
  const scheduled = new Map<string, NodeJS.Timeout>();
  const gate = createGate({ limit: atOnce, queue: maxScheduled });

  /** Gives how many writes were swept away; more may be left. */
  async function sweepSome(tenant: TenantRef, signal: AbortSignal): Promise<number> {
    const dead = (await ledger.findDead(tenant, signal)).slice(0, maxWrites);
    if (dead.length === 0) return 0;
    const alias = toAlias(tenant);
    const filter = [
      { terms: { write: dead } },
      { term: { tenant_id: tenant.tenantId } },
      { term: { incarnation: tenant.incarnation } },
    ];
    // Rows of a write that was given up may not be searchable yet, and could not be found to be deleted.
    await transport.send(tenant, { method: 'POST', path: `/${alias}/_refresh` }, options, signal);
    const call = {
      method: 'POST',
      path: `/${alias}/_delete_by_query`,
      query: { conflicts: 'proceed', refresh: 'true' },
      body: { query: { bool: { filter } } },
    } as const;
    const deleted = v.parse(Deleted, await transport.send(tenant, call, options, signal));
    const isWhole = !deleted.timed_out && deleted.version_conflicts + deleted.failures.length === 0;
    if (!isWhole || deleted.canceled !== undefined) throw new Error('Some rows could not be deleted');
    await ledger.forget(tenant, dead, signal);
    return dead.length;
  }

  async function sweep(tenant: TenantRef, signal: AbortSignal): Promise<number> {
    let swept = 0;
    for (let pass = 0; pass < maxPasses; pass += 1) {
      const some = await sweepSome(tenant, signal);
      swept += some;
      if (some < maxWrites) break;
    }
    return swept;
  }

  async function sweepLater(tenant: TenantRef): Promise<void> {
    const signal = AbortSignal.timeout(options.timeout);
    try {
      const leave = await gate.enter(signal);
      await sweep(tenant, signal).finally(leave);
    } catch (error) {
      if (isMissing(error)) return;
      // Hidden rows do no harm: the next write of the tenant sweeps them away.
      logger.warn({ event: 'sweep_failed', tenant_id: tenant.tenantId, error });
    }
  }

  return {
    sweep,
    schedule({ tenantId, incarnation }) {
      const tenant = { tenantId, incarnation };
      const key = toRefText(tenant);
      if (scheduled.has(key) || scheduled.size >= maxScheduled) return;
      const timer = setTimeout(() => {
        scheduled.delete(key);
        void sweepLater(tenant);
      }, graceMilliseconds + 500);
      scheduled.set(key, timer.unref());
    },
    close() {
      for (const timer of scheduled.values()) clearTimeout(timer);
      scheduled.clear();
    },
  };
}
