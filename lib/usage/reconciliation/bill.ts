import * as v from 'valibot';
import { DaySchema, type DayRange } from '../day-range.ts';
import { toNanodollars } from '../money.ts';
import type { ModelSum } from './books.ts';

const tokens = v.pipe(v.union([v.number(), v.string()]), v.transform(Number), v.safeInteger(), v.minValue(0));
const dollars = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.trim(), v.nonEmpty())]),
  v.transform(Number),
  v.finite(),
  v.minValue(0),
);

/** One row of a provider's bill; what else it has is of no interest. */
export const BillRowSchema = v.object({
  day: v.optional(
    v.union([
      DaySchema,
      v.pipe(
        v.literal(''),
        v.transform(() => undefined),
      ),
    ]),
  ),
  model: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  input_tokens: tokens,
  output_tokens: tokens,
  cost_dollars: dollars,
});

export type BillRow = v.InferOutput<typeof BillRowSchema>;

interface BillOptions {
  range: DayRange;
  /** Models' ids in the catalogue by the names that the bill has for them. */
  aliases: ReadonlyMap<string, string>;
}

/** No bill has as many models and days. */
const maxSums = 100_000;

/** What the bill says of each model and day; without days, `day` is empty. Rows of other days are left out. */
export async function sumBill(
  rows: AsyncIterable<BillRow> | Iterable<BillRow>,
  { range, aliases }: BillOptions,
): Promise<ModelSum[]> {
  const sums = new Map<string, ModelSum>();
  for await (const row of rows) {
    const { day = '' } = row;
    if (day !== '' && (day < range.from || day > range.to)) continue;
    const model = aliases.get(row.model) ?? row.model;
    const key = JSON.stringify([day, model]);
    const sum = sums.get(key) ?? { day, model, calls: 0, inputTokens: 0, outputTokens: 0, nanodollars: 0 };
    sum.inputTokens += row.input_tokens;
    sum.outputTokens += row.output_tokens;
    sum.nanodollars += toNanodollars(row.cost_dollars);
    sums.set(key, sum);
    if (sums.size > maxSums) throw new Error('The bill has too many models');
  }
  return [...sums.values()];
}
