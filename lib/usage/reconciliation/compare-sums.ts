import type { ModelSum } from './books.ts';

interface Amount {
  inputTokens: number;
  outputTokens: number;
  nanodollars: number;
}

/** One model, or all of them, on both sides. */
export interface Comparison {
  name: string;
  left: Amount;
  right: Amount;
  isWithin: boolean;
}

const zero: Amount = { inputTokens: 0, outputTokens: 0, nanodollars: 0 };

const add = (a: Amount, b: Amount): Amount => ({
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  nanodollars: a.nanodollars + b.nanodollars,
});

/** Whether two amounts are apart by no more than that share of the larger one. */
const isNear = (a: number, b: number, tolerance: number): boolean => Math.abs(a - b) <= tolerance * Math.max(a, b);

function sumBy(sums: readonly ModelSum[], toName: (sum: ModelSum) => string): Map<string, Amount> {
  const result = new Map<string, Amount>();
  for (const sum of sums) result.set(toName(sum), add(result.get(toName(sum)) ?? zero, sum));
  return result;
}

/** Both sides by the names that are made of their sums, in the order of these. */
export function compareSums(
  left: readonly ModelSum[],
  right: readonly ModelSum[],
  tolerance: number,
  toName: (sum: ModelSum) => string = ({ model }) => model,
): Comparison[] {
  const lefts = sumBy(left, toName);
  const rights = sumBy(right, toName);
  return [...new Set([...lefts.keys(), ...rights.keys()])].toSorted().map((name) => {
    const [a, b] = [lefts.get(name) ?? zero, rights.get(name) ?? zero];
    return { name, left: a, right: b, isWithin: isNear(a.nanodollars, b.nanodollars, tolerance) };
  });
}
