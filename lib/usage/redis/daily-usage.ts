import * as v from 'valibot';
import type { DailyUsage } from '../usage-store.ts';

const count = v.pipe(v.string(), v.regex(/^\d{1,16}$/), v.transform(Number));
const Row = v.pipe(v.string(), v.parseJson(), v.tuple([v.string(), v.string(), v.nullable(v.string()), v.string()]));
const Sums = v.tuple([count, count, count, count, count, count]);

/** A row as `Posting` names it, and its sums as `ledgerLua` writes them. */
export function toDailyUsage(day: string, row: string, sums: string): DailyUsage {
  const [model, user_id, key_id, functionName] = v.parse(Row, row);
  const [requests, input_tokens, cached_input_tokens, output_tokens, nanodollars, estimated_nanodollars] = v.parse(
    Sums,
    sums.split(' '),
  );
  return {
    day,
    model,
    user_id,
    key_id: key_id ?? undefined,
    function: functionName,
    requests,
    input_tokens,
    cached_input_tokens,
    output_tokens,
    nanodollars,
    estimated_nanodollars,
  };
}
