import { isCharged } from '#lib/usage/ledger-entry.ts';
import type { Settlement } from '../admission-store.ts';
import { toBelievedPeriod } from '../period.ts';
import type { Lease } from './leases.ts';
import type { Tables } from './tables.ts';

const isSettled = ({ ledger }: Tables, account: string, callId: string): boolean => ledger.has(account, `${callId}.0`);

/** A lease that expired leaves its worst case, unless its call is in the ledger already. Inside the caller's transaction. */
export function endExpired(tables: Tables, account: string, now: number, most: number): number {
  const { leases, budgets, ledger } = tables;
  const expired = leases.findExpired(account, now, most);
  for (const { id, callId, paidFrom, lost } of expired) {
    budgets.takeBack(account, paidFrom, { reserved: lost.nanodollars });
    if (isSettled(tables, account, callId) || !ledger.post(account, lost, now)) {
      leases.remove(account, id);
    } else {
      budgets.spend(account, paidFrom, lost.nanodollars);
      leases.lose(account, id, now);
    }
  }
  return expired.length;
}

/** Gives back what the lease holds. */
function endLease({ rates, leases, budgets }: Tables, account: string, leaseId: string, tokens: number) {
  const lease = leases.take(account, leaseId);
  if (!lease) return undefined;
  if (lease.tokenStep !== undefined) rates.correct(account, 'tokens', lease.tokenStep, tokens - lease.tokens);
  budgets.takeBack(account, lease.paidFrom, { reserved: lease.lost.nanodollars });
  return lease;
}

/** Takes the worst case out again that an expired lease has left. */
function takeOutLost({ leases, budgets, ledger }: Tables, account: string, lost: Lease): void {
  leases.remove(account, lost.id);
  ledger.takeOut(account, lost.lost.id);
  budgets.takeBack(account, lost.paidFrom, { spent: lost.lost.nanodollars });
}

/** Inside the caller's transaction. */
export function settleCall(tables: Tables, account: string, settlement: Settlement, now: number): void {
  const { leases, budgets, ledger } = tables;
  const { leaseId, callId, entries } = settlement;
  const lease = leaseId === undefined ? undefined : endLease(tables, account, leaseId, settlement.tokens);
  const lost = leases.findLost(account, callId);
  if (lost && (lost.id === leaseId || entries.length > 0)) takeOutLost(tables, account, lost);
  if (isSettled(tables, account, callId)) return;

  const own = lease ?? (lost?.id === leaseId ? lost : undefined);
  const claimed = settlement.budgets.map(({ owner, period }) => ({ owner, period: toBelievedPeriod(period, now) }));
  for (const entry of entries) {
    const isNew = ledger.post(account, entry, now);
    if (isNew && isCharged(entry)) budgets.spend(account, own?.paidFrom ?? claimed, entry.nanodollars);
  }
}
