import { dayOf, isCharged, type LedgerEntry } from '../ledger-entry.ts';
import { otherUser } from '../rows-of-day.ts';
import { toDayNumber } from './ledger-keys.ts';

/** An entry as scripts write it down. Numbers are texts, which Lua does not round. */
export interface Posting {
  id: string;
  day: string;
  entry: string;
  /** Where it is added up: model, user, key and function as JSON. */
  row: string;
  rowOfOthers: string;
  /** What is added: requests, tokens in, cached and out, nano-dollars, and those of them that are estimated. */
  counts: readonly string[];
  /** What budgets pay of it. */
  nanodollars: string;
}

const toRow = ({ model, key_id, function: functionName }: LedgerEntry, user: string): string =>
  JSON.stringify([model, user, key_id ?? null, functionName]);

export function toPosting(entry: LedgerEntry): Posting {
  const { input_tokens, cached_input_tokens, output_tokens, nanodollars, estimated } = entry;
  return {
    id: entry.id,
    day: toDayNumber(dayOf(entry)),
    entry: JSON.stringify(entry),
    row: toRow(entry, entry.user_id),
    rowOfOthers: toRow(entry, otherUser),
    counts: [1, input_tokens, cached_input_tokens, output_tokens, nanodollars, estimated ? nanodollars : 0].map(String),
    nanodollars: String(isCharged(entry) ? nanodollars : 0),
  };
}
