import type { CatalogueModel } from './catalogue.ts';

/**
 * Where nothing is said. The answer's limit is one that small models take as well: what is sent to a provider beyond its
 * own is refused.
 */
export const unknownLimits: Pick<
  CatalogueModel,
  'contextTokens' | 'maxOutputTokens' | 'outputLimitField' | 'imageTokens'
> = {
  contextTokens: 10_000_000,
  maxOutputTokens: 4_096,
  outputLimitField: 'max_tokens',
  imageTokens: 2_000,
};

/** A model of which the name is all that is known. */
export const createUnpricedModel = ({ id, kind }: Pick<CatalogueModel, 'id' | 'kind'>): CatalogueModel => ({
  id,
  kind,
  provider: undefined,
  upstreamModel: id,
  prices: [{ version: 'none', from: 0, input: 0, cachedInput: 0, output: 0 }],
  ...unknownLimits,
  fallbacks: [],
});
