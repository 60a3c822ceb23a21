import type { Books, FaultSum, FaultyCall, FaultyDay, ModelSum } from './books.ts';
import { compareSums, type Comparison } from './compare-sums.ts';

interface Sides {
  models: Comparison[];
  all: Comparison;
  isWithin: boolean;
}

export interface Findings {
  log: (Sides & { faults: FaultSum[]; calls: FaultyCall[] }) | undefined;
  /** `days` are those, with a model, that are apart by more than the tolerance. */
  bill: (Sides & { days: Comparison[] }) | undefined;
  /** What a day's aggregate and its entries don't agree on; whatever it is, it is not within any tolerance. */
  days: FaultyDay[];
  /** Days and tenants that could not be compared. */
  leftOut: string[];
  isWithin: boolean;
}

interface FindingsOptions {
  tolerance: number;
  hasLog: boolean;
  bill: readonly ModelSum[] | undefined;
  /** Whose bill it is; `undefined` for that of all. */
  provider: string | undefined;
  leftOut: ReadonlySet<string>;
}

/** Most rows of each list. */
const listed = 20;

function toSides(left: readonly ModelSum[], right: readonly ModelSum[], tolerance: number): Sides {
  const models = compareSums(left, right, tolerance);
  const [all] = compareSums(left, right, tolerance, () => 'all');
  const none = { inputTokens: 0, outputTokens: 0, nanodollars: 0 };
  return {
    models,
    all: all ?? { name: 'all', left: none, right: none, isWithin: true },
    isWithin: [...models, ...(all ? [all] : [])].every(({ isWithin }) => isWithin),
  };
}

const total = (rows: readonly { calls: number; nanodollars: number }[], field: 'calls' | 'nanodollars'): number =>
  rows.reduce((sum, row) => sum + row[field], 0);

/** Sums can agree by chance: calls are compared one by one. */
function compareLog(books: Books, tolerance: number): Findings['log'] {
  const ledger = books.ledgerSums();
  const sides = toSides(ledger, books.logSums(), tolerance);
  const faults = books.faultSums();
  const isFew = (['calls', 'nanodollars'] as const).every(
    (field) => total(faults, field) <= tolerance * total(ledger, field),
  );
  return { ...sides, faults, calls: books.faultyCalls(listed), isWithin: sides.isWithin && isFew };
}

function compareBill(
  books: Books,
  bill: readonly ModelSum[],
  { tolerance, provider }: FindingsOptions,
): Findings['bill'] {
  const ledger = books.billableSums(provider);
  const hasDays = bill.length > 0 && bill.every(({ day }) => day !== '');
  const byDay = hasDays ? compareSums(ledger, bill, tolerance, ({ day, model }) => `${day} ${model}`) : [];
  const days = byDay.filter(({ isWithin }) => !isWithin).slice(0, listed);
  return { ...toSides(ledger, bill, tolerance), days };
}

/** What is not alike. A bill's days are told and not judged: providers end theirs at an hour of their own. */
export function findDifferences(books: Books, options: FindingsOptions): Findings {
  const log = options.hasLog ? compareLog(books, options.tolerance) : undefined;
  const bill = options.bill ? compareBill(books, options.bill, options) : undefined;
  const days = books.faultyDays(listed);
  const leftOut = [...options.leftOut].toSorted().slice(0, listed);
  const isWithin = days.length + leftOut.length === 0 && (log?.isWithin ?? true) && (bill?.isWithin ?? true);
  return { log, bill, days, leftOut, isWithin };
}
