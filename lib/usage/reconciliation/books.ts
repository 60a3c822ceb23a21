import type { LedgerEntry } from '../ledger-entry.ts';
import type { DailyUsage } from '../usage-store.ts';

/** What one model came to on one day. */
export interface ModelSum {
  day: string;
  model: string;
  calls: number;
  inputTokens: number;
  outputTokens: number;
  nanodollars: number;
}

export type CallFault = 'not_in_log' | 'not_in_ledger' | 'doubled_in_log' | 'different';

/** A call that ledger and log don't tell of alike. Amounts are in nano-dollars, 0 where it is missing. */
export interface FaultyCall {
  fault: CallFault;
  tenantId: string;
  id: string;
  day: string;
  model: string;
  outcome: string;
  ledger: number;
  log: number;
}

export interface FaultSum {
  fault: CallFault;
  calls: number;
  /** By which the amounts are apart, call by call. */
  nanodollars: number;
}

/** A tenant's day with a model whose aggregate is not what its entries come to. */
export interface FaultyDay {
  tenantId: string;
  day: string;
  model: string;
  entries: number;
  aggregate: number;
}

/** What is compared: ledger, log and daily aggregates, of any size. */
export interface Books {
  addEntry(tenantId: string, entry: LedgerEntry): void;
  addLogged(tenantId: string, entry: LedgerEntry): void;
  addDaily(tenantId: string, usage: DailyUsage): void;
  ledgerSums(): ModelSum[];
  logSums(): ModelSum[];
  /** Of the calls that the platform is billed for: by this provider, where one is named. */
  billableSums(provider: string | undefined): ModelSum[];
  faultSums(): FaultSum[];
  /** Those that are farthest apart first. */
  faultyCalls(limit: number): FaultyCall[];
  faultyDays(limit: number): FaultyDay[];
  close(): void;
}
