import { ApiError } from '#lib/core/api-error.ts';
import { isCharged, type LedgerEntry } from './ledger-entry.ts';

/** What one call of a model came to; who made it, and for which request, the request itself knows. */
export type MeteredCall = Pick<
  LedgerEntry,
  | 'provider'
  | 'model'
  | 'kind'
  | 'price_version'
  | 'input_tokens'
  | 'cached_input_tokens'
  | 'output_tokens'
  | 'nanodollars'
  | 'estimated'
  | 'own_key'
  | 'outcome'
>;

/** Collects what a request spends, for the ledger. Every call of a model ends in exactly one entry. */
export interface UsageMeter {
  record(call: MeteredCall): void;
  readonly calls: readonly MeteredCall[];
  /** Counts one search of the tenant's documents. */
  countSearch(): void;
  readonly searches: number;
  /** Nano-dollars that the request was let in for: most that its calls may come to together. `undefined`: nothing bounds it. */
  limit: number | undefined;
}

export function createUsageMeter(): UsageMeter {
  const calls: MeteredCall[] = [];
  let searches = 0;
  return {
    calls,
    limit: undefined,
    record: (call) => void calls.push(call),
    countSearch: () => void (searches += 1),
    get searches() {
      return searches;
    },
  };
}

/** What the calls of models so far came to, in nano-dollars. */
export const spentBy = ({ calls }: Pick<UsageMeter, 'calls'>): number =>
  calls.filter(isCharged).reduce((sum, { nanodollars }) => sum + nanodollars, 0);

/** Throws `budget_exhausted` where so many nano-dollars more would be more than what was set aside. */
export function requireReserved(meter: UsageMeter, nanodollars: number): void {
  if (meter.limit !== undefined && spentBy(meter) + nanodollars > meter.limit) throw new ApiError('budget_exhausted');
}
