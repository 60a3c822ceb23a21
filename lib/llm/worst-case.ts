import type { CatalogueModel } from './catalogue.ts';
import { costOf, priceAt } from './prices.ts';
import { charactersPerToken } from './estimate-tokens.ts';
import { maxTries } from './stream-limits.ts';

/** What is known of a call before it is made. */
export interface CallSize {
  /** Of the text that is sent, with all that is around it: roles, names, tools. */
  bytes: number;
  images: number;
  /** That the model is told to keep to, for each choice. */
  maxOutputTokens: number;
  choices: number;
}

/** Longer than any request takes: a price that begins to hold in the middle of it counts as well. */
const horizon = 600_000;

function costAtWorst(model: CatalogueModel, size: CallSize, at: number): number {
  // No tokenizer in use makes more than one token of a byte.
  const input = Math.min(size.bytes + size.images * model.imageTokens, model.contextTokens);
  const output = Math.min(size.maxOutputTokens, model.maxOutputTokens) * size.choices;
  const costs = [priceAt(model, at), priceAt(model, at + horizon)].map((price) =>
    costOf({ ...price, input: Math.max(price.input, price.cachedInput) }, { input, cachedInput: 0, output }),
  );
  return Math.max(...costs);
}

/** Each try that comes to nothing may be charged for its prompt. */
function costOfAll(models: readonly CatalogueModel[], size: CallSize, at: number): number {
  let prompts = 0;
  let most = 0;
  for (const model of models) {
    const prompt = costAtWorst(model, { ...size, maxOutputTokens: 0 }, at);
    most = Math.max(most, prompts + (maxTries - 1) * prompt + costAtWorst(model, size, at));
    prompts += maxTries * prompt;
  }
  return Math.min(most, Number.MAX_SAFE_INTEGER);
}

/**
 * What a call may come to, whichever of the models answers it: `nanodollars` is an upper bound, `tokens` an estimate.
 * `at` is in milliseconds since the epoch.
 */
export function worstCase(
  models: readonly [CatalogueModel, ...CatalogueModel[]],
  size: CallSize,
  at: number,
): { tokens: number; nanodollars: number } {
  const [{ imageTokens, contextTokens, maxOutputTokens }] = models;
  const input = Math.min(Math.ceil(size.bytes / charactersPerToken) + size.images * imageTokens, contextTokens);
  return {
    tokens: input + Math.min(size.maxOutputTokens, maxOutputTokens) * size.choices,
    nanodollars: costOfAll(models, size, at),
  };
}
