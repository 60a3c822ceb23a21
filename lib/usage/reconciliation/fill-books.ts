import { dayOf } from '../ledger-entry.ts';
import type { LoggedEntry } from '../cost-event.ts';
import { splitDays, type DayRange } from '../day-range.ts';
import type { TenantAccount } from '../every-account.ts';
import type { UsageStore } from '../usage-store.ts';
import type { Books } from './books.ts';

type Accounts = AsyncIterable<TenantAccount> | Iterable<TenantAccount>;

/** Which days are compared, and of which tenants' among them there is nothing to compare. */
export interface Compared {
  range: DayRange;
  leftOut: ReadonlySet<string>;
}

const toTenantDay = (tenantId: string, day: string): string => `${day} ${tenantId}`;

/** Tenants' days whose entries were not all kept. */
export async function findPartDays(
  usage: Pick<UsageStore, 'partDays'>,
  accounts: Accounts,
  range: DayRange,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for await (const { tenantId, account } of accounts)
    for (const day of await usage.partDays(account, range, signal)) found.add(toTenantDay(tenantId, day));
  return found;
}

/** Copies what the store has of the accounts into the books, a day at a time. */
export async function addLedger(
  books: Books,
  usage: UsageStore,
  accounts: Accounts,
  { range, leftOut }: Compared,
  signal: AbortSignal,
): Promise<void> {
  for await (const { tenantId, account } of accounts) {
    for (const day of splitDays(range, 1)) {
      if (leftOut.has(toTenantDay(tenantId, day.from))) continue;
      for (const daily of await usage.daily(account, day, signal)) books.addDaily(tenantId, daily);
      for await (const entry of usage.entries(account, day.from, signal)) books.addEntry(tenantId, entry);
    }
  }
}

/** Copies what the log has of the days, and of the tenant where only one is looked at. */
export async function addLog(
  books: Books,
  events: AsyncIterable<LoggedEntry>,
  { range: { from, to }, leftOut }: Compared,
  only: string | undefined,
): Promise<void> {
  for await (const { tenantId, entry } of events) {
    const day = dayOf(entry);
    if (day < from || day > to || leftOut.has(toTenantDay(tenantId, day))) continue;
    if (only === undefined || only === tenantId) books.addLogged(tenantId, entry);
  }
}
