import type { LedgerEntry } from '#lib/usage/ledger-entry.ts';
import type { CatalogueModel, Price } from './catalogue.ts';

/** What a call is charged for. */
export interface TokenUsage {
  input: number;
  /** Of the input tokens, those that the provider had in its cache. */
  cachedInput: number;
  output: number;
}

/** The price that holds at a time, in milliseconds since the epoch. */
export const priceAt = ({ prices }: CatalogueModel, at: number): Price =>
  prices.findLast(({ from }) => from <= at) ?? prices[0];

/**
 * Whole nano-dollars, rounded up. Counted in BigInt: pico-dollars pass 2⁵³ at nine thousand dollars, which a large enough
 * answer of a dear enough model could reach.
 */
export function costOf({ input, cachedInput, output }: Omit<Price, 'version' | 'from'>, tokens: TokenUsage): number {
  const cached = Math.min(tokens.cachedInput, tokens.input);
  const picodollars =
    BigInt(input) * BigInt(tokens.input - cached) +
    BigInt(cachedInput) * BigInt(cached) +
    BigInt(output) * BigInt(tokens.output);
  const nanodollars = Number((picodollars + 999n) / 1_000n);
  return Math.min(nanodollars, Number.MAX_SAFE_INTEGER);
}

/** The model as a row of the ledger names it. */
export const toLedgerModel = (
  model: CatalogueModel,
  at: number,
): Pick<LedgerEntry, 'provider' | 'model' | 'kind' | 'price_version'> => ({
  provider: model.provider?.id ?? 'built-in',
  model: model.id,
  kind: model.kind,
  price_version: priceAt(model, at).version,
});
