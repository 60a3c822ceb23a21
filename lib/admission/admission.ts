import type { LedgerEntry } from '#lib/usage/ledger-entry.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';

/** What a request may come to at worst, and what the ledger calls it. */
export interface Demand {
  /** Counted against the tokens of a minute until the request is settled. An estimate. */
  tokens: number;
  /** An upper bound. */
  nanodollars: number;
  model: Pick<LedgerEntry, 'provider' | 'model' | 'kind' | 'price_version'>;
}

export interface Ticket {
  functionName: string;
  /** Of the thing that is paid for once, however often it is tried; a new one where there is none. */
  callId: string | undefined;
  demand: Demand;
}

/** A request that was let in. */
export interface Lease {
  /** `RateLimit-*`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Gives the place back and settles what `scope.usage` has. However the request ended, and however often it is called, that is done once; never throws. */
  end(): Promise<void>;
}

/**
 * Throws `rate_limited` where the tenant was turned away for its rate a moment ago: nothing of the request need be read. Such
 * a refusal is held back for a moment. Throws the signal's reason.
 */
export type CheckRate = (scope: TenantScope, signal: AbortSignal) => Promise<void>;

/**
 * Lets a request in, or throws `rate_limited` or `budget_exhausted`, held back for a moment, `concurrency_limited`,
 * `overloaded`, `state_unavailable`, or the signal's reason.
 */
export type Admit = (scope: TenantScope, ticket: Ticket, signal: AbortSignal) => Promise<Lease>;
