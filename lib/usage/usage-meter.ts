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
  /**
   * Sets nano-dollars of the limit aside for a call that begins, until the result is called. Throws `budget_exhausted`
   * where with what was spent and is set aside already they would be more than the limit.
   */
  reserve(nanodollars: number): () => void;
}

export function createUsageMeter(): UsageMeter {
  const calls: MeteredCall[] = [];
  let searches = 0;
  let reserved = 0;
  const meter: UsageMeter = {
    calls,
    limit: undefined,
    reserve(nanodollars) {
      if (meter.limit !== undefined && spentBy(meter) + reserved + nanodollars > meter.limit)
        throw new ApiError('budget_exhausted');
      reserved += nanodollars;
      let isHeld = true;
      return () => {
        if (isHeld) reserved -= nanodollars;
        isHeld = false;
      };
    },
    record: (call) => void calls.push(call),
    countSearch: () => void (searches += 1),
    get searches() {
      return searches;
    },
  };
  return meter;
}

/** What the calls of models so far came to, in nano-dollars. */
export const spentBy = ({ calls }: Pick<UsageMeter, 'calls'>): number =>
  calls.filter(isCharged).reduce((sum, { nanodollars }) => sum + nanodollars, 0);
