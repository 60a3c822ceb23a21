import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { LedgerEntry } from '#lib/usage/ledger-entry.ts';

export interface AccountLimits {
  requestsPerMinute: number | undefined;
  tokensPerMinute: number | undefined;
  concurrentRequests: number | undefined;
}

/** One budget that a request is paid from. */
export interface BudgetClaim {
  /** Whose: `tenant`, or `key:<id>`. */
  owner: string;
  /** The period under way: `2026-11-26`, `2026-11`, `total`. With another one, counting begins at 0. */
  period: string;
  /** Nano-dollars for the period. */
  limit: number;
  /** A soft budget is counted, not enforced. */
  isHard: boolean;
}

/** What a request asks for. */
export interface Claim {
  /** Random, of this attempt. */
  leaseId: string;
  /** Of what is paid for: two attempts at the same thing have the same one, and are paid for once. */
  callId: string;
  ttlMilliseconds: number;
  limits: AccountLimits;
  /** Counted against the tokens of a minute until the request is settled. */
  tokens: number;
  budgets: readonly BudgetClaim[];
  /** What stands in the ledger if the request is never settled. Its amount is the worst case, and is reserved. */
  lost: LedgerEntry;
}

export interface RateStanding {
  limit: number;
  remaining: number;
  /** Until the first of what counts now counts no more. */
  resetMilliseconds: number;
}

export interface Standing {
  requests: RateStanding | undefined;
  tokens: RateStanding | undefined;
}

export type Refusal = 'requests' | 'tokens' | 'concurrency' | 'budget';

export type Verdict =
  | ({ isAdmitted: true } & Standing)
  | ({
      isAdmitted: false;
      by: Refusal;
      /** When another try may succeed; `undefined` for a budget. */
      retryMilliseconds: number | undefined;
    } & Standing);

/** What a request came to. */
export interface Settlement {
  /** `undefined` where it was let in while the store did not answer. */
  leaseId: string | undefined;
  callId: string;
  /** Instead of what was claimed. */
  tokens: number;
  /** As they were claimed. */
  budgets: readonly BudgetClaim[];
  /** Ids are `<callId>.<n>`. May be empty: then nothing was spent. */
  entries: readonly LedgerEntry[];
}

/**
 * Who may spend what. Each call is one atomic step of the store, by the store's own clock; all keys of an account lie in
 * one slot. Throws `state_unavailable`, `storage_full`, or the signal's reason.
 *
 * Rates are sliding windows of 60 s in steps of 500 ms: in no 60 s is there more than the limit. Spent and reserved
 * together never exceed a hard budget.
 */
export interface AdmissionStore {
  admit(account: TenantRef, claim: Claim, signal: AbortSignal): Promise<Verdict>;
  /** Makes leases last for so long from now. */
  renew(account: TenantRef, leaseIds: readonly string[], ttlMilliseconds: number, signal: AbortSignal): Promise<void>;
  /**
   * Ends the lease, replaces what it reserved by what was spent, and writes the ledger. Settling a call again changes
   * nothing; settling one whose lease has expired replaces the entry that says so.
   */
  settle(account: TenantRef, settlement: Settlement, signal: AbortSignal): Promise<void>;
  /** Ends leases that have expired; each leaves its `lost` entry, unless its call was settled by another attempt. Gives how many. */
  sweep(account: TenantRef, signal: AbortSignal): Promise<number>;
  /** Removes all that is known of the account: limits, budgets, leases, ledger. */
  forget(account: TenantRef, signal: AbortSignal): Promise<void>;
}
