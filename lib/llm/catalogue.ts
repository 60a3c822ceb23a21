/** US dollars as whole pico-dollars (10⁻¹²) a token: a dollar a million tokens is 1,000,000 of them. */
export interface Price {
  version: string;
  /** Milliseconds since the epoch from which it holds, until the next one does. */
  from: number;
  input: number;
  /** Of input tokens that the provider had in its cache. */
  cachedInput: number;
  output: number;
}

export interface Provider {
  id: string;
  /** Up to and without `/chat/completions`. */
  baseUrl: string;
  apiKey: string | undefined;
}

export type ModelKind = 'chat' | 'embedding';

/** What a provider calls the most tokens that a choice may have; models that reason refuse the older name. */
export type OutputLimitField = 'max_tokens' | 'max_completion_tokens';

/** A model that clients can name. */
export interface CatalogueModel {
  id: string;
  kind: ModelKind;
  /** `undefined` for the built-in one. */
  provider: Provider | undefined;
  /** The model's name at its provider. */
  upstreamModel: string;
  /** In the order of `from`. The first holds from the beginning of time on. */
  prices: readonly [Price, ...Price[]];
  /** Most tokens of prompt and answer together. */
  contextTokens: number;
  maxOutputTokens: number;
  outputLimitField: OutputLimitField;
  /** Most tokens that one image counts for. */
  imageTokens: number;
  /** Ids of the models that are asked instead where this one can't be had, in this order. */
  fallbacks: readonly string[];
}

/** Every model of the platform. Checked when it is made: fallbacks are models of the same kind, ids are unique. */
export interface Catalogue {
  readonly models: ReadonlyMap<string, CatalogueModel>;
  /** What answers where no model is named. */
  readonly defaultModel: CatalogueModel;
  /** What embeds where no model is named. */
  readonly defaultEmbedding: CatalogueModel | undefined;
}
