import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '#lib/core/clock.ts';
import { transact } from '#lib/state/sqlite/transact.ts';
import { tenantPrefix, type TenantRef } from '#lib/tenancy/state-key.ts';
import { defaultRetention, type Retention } from '#lib/usage/rows-of-day.ts';
import type { AdmissionStore } from './admission-store.ts';
import { admitClaim } from './sqlite/admit.ts';
import { endExpired, settleCall } from './sqlite/settle.ts';
import { createTables } from './sqlite/tables.ts';

interface SqliteAdmissionOptions {
  now?: Clock;
  retention?: Retention;
}

/** Most leases that one transaction ends. */
const portion = 100;
/** What a request ends for others on its way. */
const fewLeases = 10;

export function createSqliteAdmissionStore(
  database: DatabaseSync,
  { now = Date.now, retention = defaultRetention }: SqliteAdmissionOptions = {},
): AdmissionStore {
  const tables = createTables(database, retention);
  const { rates, leases, budgets, ledger } = tables;
  function step<T>(account: TenantRef, signal: AbortSignal, work: (account: string, time: number) => T): T {
    signal.throwIfAborted();
    return transact(database, () => work(tenantPrefix(account), now()));
  }

  return {
    async admit(account, claim, signal) {
      return step(account, signal, (prefix, time) => {
        endExpired(tables, prefix, time, fewLeases);
        return admitClaim(tables, prefix, claim, time);
      });
    },
    async renew(account, leaseIds, ttlMilliseconds, signal) {
      step(account, signal, (prefix, time) => {
        for (const id of leaseIds) leases.renew(prefix, id, time + ttlMilliseconds);
      });
    },
    async settle(account, settlement, signal) {
      step(account, signal, (prefix, time) => settleCall(tables, prefix, settlement, time));
    },
    async sweep(account, signal) {
      let ended = 0;
      for (;;) {
        const some = step(account, signal, (prefix, time) => endExpired(tables, prefix, time, portion));
        ended += some;
        if (some < portion) return ended;
      }
    },
    async forget(account, signal) {
      step(account, signal, (prefix) => {
        for (const table of [rates, leases, budgets, ledger]) table.forget(prefix);
      });
    },
  };
}
