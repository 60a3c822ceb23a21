import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { LedgerEntry } from './ledger-entry.ts';

/** A day's use of one model by one user, with one key, through one function. */
export interface DailyUsage {
  /** `YYYY-MM-DD`, UTC. */
  day: string;
  model: string;
  user_id: string;
  key_id: string | undefined;
  function: string;
  requests: number;
  input_tokens: number;
  cached_input_tokens: number;
  output_tokens: number;
  nanodollars: number;
  /** Of the nano-dollars, those of entries whose tokens were counted here. */
  estimated_nanodollars: number;
}

/** What an account has used. Written by `AdmissionStore.settle` alone, in the same step as the budget. */
export interface UsageStore {
  /** The days from `from` to `to`, both included, in no particular order. Throws `state_unavailable`. */
  daily(account: TenantRef, days: { from: string; to: string }, signal: AbortSignal): Promise<DailyUsage[]>;
  /** The entries of one day, in portions, in no particular order. Throws `state_unavailable`. */
  entries(account: TenantRef, day: string, signal: AbortSignal): AsyncGenerator<LedgerEntry>;
  /** Those of the days of which some entries were not kept: their sums alone tell of all. Throws `state_unavailable`. */
  partDays(account: TenantRef, days: { from: string; to: string }, signal: AbortSignal): Promise<string[]>;
}
