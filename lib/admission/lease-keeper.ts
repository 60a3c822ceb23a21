import type { Clock } from '#lib/core/clock.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import { toRefText, type TenantRef } from '#lib/tenancy/state-key.ts';
import type { AdmissionStore } from './admission-store.ts';

/** Keeps the leases of requests under way, and ends those that other processes have left behind. */
export interface LeaseKeeper {
  hold(account: TenantRef, leaseId: string): void;
  release(account: TenantRef, leaseId: string): void;
  /** What others have left behind of it is ended, though none of its leases is held here. */
  watch(account: TenantRef): void;
  close(): void;
}

interface LeaseKeeperDeps {
  store: Pick<AdmissionStore, 'renew' | 'sweep'>;
  logger: Logger;
  /** Milliseconds that only ever grow. */
  now: Clock;
}

interface Account {
  account: TenantRef;
  leases: Set<string>;
  lastUsed: number;
}

/** A process that is gone gives its leases back within 15 s, and what they reserved within 10 s more. */
export const leaseMilliseconds = 15_000;
const renewMilliseconds = 5_000;
/** Every second time that leases are renewed. */
const sweepEvery = 2;
const sweptFor = 60_000;
const maxAccounts = 1_000;
const callMilliseconds = 2_000;
const atOnce = 100;

export function createLeaseKeeper({ store, logger, now }: LeaseKeeperDeps): LeaseKeeper {
  const accounts = new Map<string, Account>();
  let rounds = 0;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  async function keepAccount({ account, leases }: Account): Promise<void> {
    const ids = [...leases];
    for (let start = 0; start < ids.length; start += atOnce) {
      const portion = ids.slice(start, start + atOnce);
      await store.renew(account, portion, leaseMilliseconds, AbortSignal.timeout(callMilliseconds));
    }
    if (rounds % sweepEvery !== 0) return;
    const swept = await store.sweep(account, AbortSignal.timeout(callMilliseconds));
    if (swept > 0) logger.warn({ event: 'leases_expired', tenant_id: account.tenantId, count: swept });
  }

  async function keepAll(): Promise<void> {
    rounds += 1;
    for (const [key, found] of accounts) {
      if (found.leases.size === 0 && now() - found.lastUsed > sweptFor) accounts.delete(key);
    }
    const kept = await Promise.allSettled([...accounts.values()].map(keepAccount));
    if (isClosed) return;
    const failed = kept.find((outcome) => outcome.status === 'rejected');
    if (failed) logger.warn({ event: 'leases_not_renewed', error: failed.reason });
    timer = accounts.size > 0 ? setTimeout(() => void keepAll(), renewMilliseconds).unref() : undefined;
  }

  function use(account: TenantRef): Account {
    const key = toRefText(account);
    const found = accounts.get(key) ?? { account, leases: new Set(), lastUsed: 0 };
    found.lastUsed = now();
    accounts.set(key, found);
    timer ??= setTimeout(() => void keepAll(), renewMilliseconds).unref();
    return found;
  }

  return {
    hold: (account, leaseId) => void use(account).leases.add(leaseId),
    release(account, leaseId) {
      const key = toRefText(account);
      const found = accounts.get(key);
      found?.leases.delete(leaseId);
      // Without leases it is there to be swept alone: beyond so many, its next request does that.
      if (found?.leases.size === 0 && accounts.size > maxAccounts) accounts.delete(key);
    },
    watch(account) {
      if (accounts.has(toRefText(account)) || accounts.size < maxAccounts) use(account);
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
