import { dayOf } from '../ledger-entry.ts';
import type { LoggedEntry } from '../cost-event.ts';
import { splitDays, type DayRange } from '../day-range.ts';
import type { TenantAccount } from '../every-account.ts';
import type { UsageStore } from '../usage-store.ts';
import type { Books } from './books.ts';

/** Copies what the store has of the accounts into the books, a day at a time. */
export async function addLedger(
  books: Books,
  usage: UsageStore,
  accounts: AsyncIterable<TenantAccount> | Iterable<TenantAccount>,
  range: DayRange,
  signal: AbortSignal,
): Promise<void> {
  for await (const { tenantId, account } of accounts) {
    for (const day of splitDays(range, 1)) {
      for (const daily of await usage.daily(account, day, signal)) books.addDaily(tenantId, daily);
      for await (const entry of usage.entries(account, day.from, signal)) books.addEntry(tenantId, entry);
    }
  }
}

/** Copies what the log has of the days, and of the tenant where only one is looked at. */
export async function addLog(
  books: Books,
  events: AsyncIterable<LoggedEntry>,
  { from, to }: DayRange,
  only: string | undefined,
): Promise<void> {
  for await (const { tenantId, entry } of events) {
    const day = dayOf(entry);
    if (day >= from && day <= to && (only === undefined || only === tenantId)) books.addLogged(tenantId, entry);
  }
}
