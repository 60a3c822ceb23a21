import * as v from 'valibot';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** `lost`: the process that made the call was gone before it could say what it cost; the worst case is written down. */
export const CallOutcomeSchema = v.picklist(['success', 'aborted', 'failed', 'lost']);
export type CallOutcome = v.InferOutput<typeof CallOutcomeSchema>;

/** Beside calls of models: what the platform itself does for a request, at an estimated price. */
export const CallKindSchema = v.picklist(['chat', 'embedding', 'search', 'compute']);
export type CallKind = v.InferOutput<typeof CallKindSchema>;

/** What budgets pay for: a call of a model. Estimates of the platform's own work are told, not charged. */
export const isCharged = ({ kind }: { kind: CallKind }): boolean => kind === 'chat' || kind === 'embedding';

/** One call of a model, or an estimate, as the ledger keeps it. */
export const LedgerEntrySchema = v.strictObject({
  /** Of the call: written twice, it counts once. */
  id: v.string(),
  /** ISO 8601, UTC. Its day is the day that it is counted in. */
  at: v.string(),
  user_id: v.string(),
  key_id: v.optional(v.string()),
  function: v.string(),
  provider: v.string(),
  model: v.string(),
  kind: CallKindSchema,
  price_version: v.string(),
  input_tokens: count,
  /** Of the input tokens, those that the provider had in its cache. */
  cached_input_tokens: count,
  output_tokens: count,
  nanodollars: count,
  /** Whether the tokens were counted here, because the provider did not say. */
  estimated: v.boolean(),
  /** Whether the provider sends its bill to the tenant, whose key it was called with. */
  own_key: v.boolean(),
  request_id: v.string(),
  outcome: CallOutcomeSchema,
});

export type LedgerEntry = v.InferOutput<typeof LedgerEntrySchema>;

/** The day of an entry: `YYYY-MM-DD`, UTC. */
export const dayOf = ({ at }: Pick<LedgerEntry, 'at'>): string => at.slice(0, 10);
