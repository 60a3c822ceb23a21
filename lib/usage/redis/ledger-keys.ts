import { tenantPrefix, type TenantRef } from '#lib/tenancy/state-key.ts';

/** What an account has used. Nothing here has a lifetime: a server that runs out of room evicts none of it. */
export interface LedgerKeys {
  /** Calls that were paid for of late, by when. */
  settled: string;
  /** Calls whose worst case stands in the ledger, by its day as `20261126`. */
  lost: string;
  /** Days that have entries, as `20261126` by the same number. */
  ledgerDays: string;
  /** Days that have sums. They outlive the entries. */
  usageDays: string;
  /** How many entries there are. */
  kept: string;
  /** Days of which some entries were not kept, as above. */
  partDays: string;
}

export interface DayKeys {
  /** `<id>\n<entry>`, all with score 0. */
  ledger: string;
  /** Of each row its sums. */
  usage: string;
  /** Of each call whose worst case stands, what is needed to take it back. */
  lost: string;
}

export function ledgerKeys(account: TenantRef): LedgerKeys {
  const prefix = tenantPrefix(account);
  return {
    settled: `${prefix}#settled`,
    lost: `${prefix}#lost`,
    ledgerDays: `${prefix}#ledger-days`,
    usageDays: `${prefix}#usage-days`,
    kept: `${prefix}#ledger-kept`,
    partDays: `${prefix}#ledger-part-days`,
  };
}

/** Of a day as `20261126`. */
export function dayKeys(account: TenantRef, day: string): DayKeys {
  const prefix = tenantPrefix(account);
  const id = encodeURIComponent(day);
  return { ledger: `${prefix}#ledger:${id}`, usage: `${prefix}#usage:${id}`, lost: `${prefix}#lost:${id}` };
}

/** `2026-11-26` as the number that days are ordered by, and back. */
export const toDayNumber = (day: string): string => day.replaceAll('-', '');
export const fromDayNumber = (number: string): string => number.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
