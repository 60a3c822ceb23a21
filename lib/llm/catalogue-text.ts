import * as v from 'valibot';

/** `LLM_CATALOG`, as an operator writes it: dollars for a million tokens, in decimals. */

const id = (pattern: RegExp, expects: string) => v.pipe(v.string(), v.regex(pattern, `must be ${expects}`));
const ProviderId = id(/^[a-z0-9-]{1,64}$/, 'of lower-case letters, digits and dashes');
const ModelId = id(/^[\x21-\x7e]{1,200}$/, 'of up to 200 visible ASCII characters');
const count = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max));

const decimals = (digits: number, max: number) =>
  v.pipe(
    v.number(),
    v.minValue(0),
    v.maxValue(max),
    v.check((dollars) => Number(dollars.toFixed(digits)) === dollars, `must have at most ${digits} decimals`),
  );
const Dollars = decimals(6, 100_000);

const ProviderText = v.strictObject({
  id: ProviderId,
  base_url: v.pipe(v.string(), v.url(), v.regex(/^https?:/, 'must be an http or https URL')),
});

const PriceText = v.strictObject({
  version: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  from: v.pipe(
    v.union([v.pipe(v.string(), v.isoDate()), v.pipe(v.string(), v.isoTimestamp())], 'must be an ISO 8601 date'),
    v.transform(Date.parse),
  ),
  input_per_million: Dollars,
  cached_input_per_million: v.optional(Dollars),
  output_per_million: v.optional(Dollars, 0),
});

const ModelText = v.strictObject({
  id: ModelId,
  provider: ProviderId,
  kind: v.optional(v.picklist(['chat', 'embedding']), 'chat'),
  upstream_model: v.optional(ModelId),
  prices: v.pipe(
    v.tupleWithRest([PriceText], PriceText),
    v.maxLength(100),
    v.check(
      (prices) => prices.every(({ from }, index) => index === 0 || from > (prices[index - 1]?.from ?? from)),
      'must each begin after the one before',
    ),
    v.check(
      (prices) => new Set(prices.map(({ version }) => version)).size === prices.length,
      'must have versions that differ',
    ),
  ),
  context_tokens: v.optional(count(100_000_000)),
  max_output_tokens: v.optional(count(10_000_000)),
  output_limit_field: v.optional(v.picklist(['max_tokens', 'max_completion_tokens'])),
  image_tokens: v.optional(count(1_000_000)),
  fallbacks: v.optional(v.pipe(v.array(ModelId), v.maxLength(10)), []),
});

export const CatalogueTextSchema = v.strictObject({
  providers: v.pipe(v.array(ProviderText), v.maxLength(50)),
  models: v.pipe(v.array(ModelText), v.minLength(1), v.maxLength(1_000)),
  default_model: v.optional(ModelId),
});

export type CatalogueText = v.InferOutput<typeof CatalogueTextSchema>;
export type ModelText = CatalogueText['models'][number];
export type PriceText = ModelText['prices'][number];

/** What is wrong, and where, without what stands there. */
export function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? 'the whole';
  if (issue.expected === 'never') return `${path} is not a field that is known`;
  if (issue.received === 'undefined') return `${path} is missing`;
  return issue.message.startsWith('must ') ? `${path} ${issue.message}` : `${path} must be ${issue.expected}`;
}
