import type { Logger } from '#lib/telemetry/logger.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { graceMilliseconds, type Ledger } from './ledger.ts';
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
/** Of one sweep; the rest is for the next. */
const maxWrites = 5_000;

export function createSweeper({ transport, ledger, logger }: SweeperDeps): Sweeper {
  const scheduled = new Map<string, NodeJS.Timeout>();

  async function sweep(tenant: TenantRef, signal: AbortSignal): Promise<number> {
    const dead = (await ledger.findDead(tenant, signal)).slice(0, maxWrites);
    if (dead.length === 0) return 0;
    const alias = toAlias(tenant.tenantId);
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
    await transport.send(tenant, call, options, signal);
    await ledger.forget(tenant, dead, signal);
    return dead.length;
  }

  async function sweepLater(tenant: TenantRef): Promise<void> {
    try {
      await sweep(tenant, AbortSignal.timeout(options.timeout));
    } catch (error) {
      // Hidden rows do no harm: the next write of the tenant sweeps them away.
      logger.warn({ event: 'sweep_failed', tenant_id: tenant.tenantId, error });
    }
  }

  return {
    sweep,
    schedule({ tenantId, incarnation }) {
      const tenant = { tenantId, incarnation };
      const key = `${tenantId}.${incarnation}`;
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
