import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { ConfigurationError, type Environment } from '#lib/config/env.ts';
import type { llmEnv } from '#lib/config/variables.ts';
import {
  CatalogueTextSchema,
  describeIssue,
  type CatalogueText,
  type ModelText,
  type PriceText,
} from './catalogue-text.ts';
import type { Catalogue, CatalogueModel, Price, Provider } from './catalogue.ts';
import { checkCatalogue } from './check-catalogue.ts';
import { toEmbeddingModel, type EmbeddingsEnvironment } from './embedding-model.ts';
import { createUnpricedModel, unknownLimits } from './unpriced-model.ts';

export type CatalogueEnvironment = Partial<Environment<typeof llmEnv>> & EmbeddingsEnvironment;

const builtInId = 'extractive';
const maxProblems = 20;

const invalid = (problems: readonly string[], cause?: unknown): ConfigurationError =>
  new ConfigurationError(
    problems.slice(0, maxProblems).map((problem) => `LLM_CATALOG: ${problem}`),
    { cause },
  );

function readText(source: string): string {
  if (source.trimStart().startsWith('{')) return source;
  try {
    return readFileSync(source, 'utf8');
  } catch (cause) {
    throw invalid(['is neither JSON nor the path of a file that can be read'], cause);
  }
}

function parseCatalogue(source: string): CatalogueText {
  let json: unknown;
  const text = readText(source);
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid(['is not JSON'], cause);
  }
  const parsed = v.safeParse(CatalogueTextSchema, json);
  if (!parsed.success) throw invalid(parsed.issues.map(describeIssue));
  const problems = checkCatalogue(parsed.output, builtInId);
  if (problems.length > 0) throw invalid(problems);
  return parsed.output;
}

/** Exact: six decimals of a dollar a million tokens are a whole pico-dollar a token. */
const toPicodollars = (dollarsPerMillion: number): number => Math.round(dollarsPerMillion * 1_000_000);

const toPrice = ({ version, from, ...dollars }: PriceText): Price => ({
  version,
  from,
  input: toPicodollars(dollars.input_per_million),
  cachedInput: toPicodollars(dollars.cached_input_per_million ?? dollars.input_per_million),
  output: toPicodollars(dollars.output_per_million),
});

function toModel(text: ModelText, providers: ReadonlyMap<string, Provider>): CatalogueModel {
  const [first, ...rest] = text.prices;
  return {
    id: text.id,
    kind: text.kind,
    provider: providers.get(text.provider),
    upstreamModel: text.upstream_model ?? text.id,
    prices: [toPrice(first), ...rest.map(toPrice)],
    contextTokens: text.context_tokens ?? unknownLimits.contextTokens,
    maxOutputTokens: text.max_output_tokens ?? unknownLimits.maxOutputTokens,
    outputLimitField: text.output_limit_field ?? unknownLimits.outputLimitField,
    imageTokens: text.image_tokens ?? unknownLimits.imageTokens,
    fallbacks: text.fallbacks,
  };
}

/** The one model of an environment without a catalogue. */
function toOnlyModel({ LLM_BASE_URL: baseUrl, LLM_API_KEY: apiKey, LLM_MODEL: id }: CatalogueEnvironment) {
  if (baseUrl === undefined) return [];
  if (id === undefined) throw new ConfigurationError(['LLM_MODEL must be set with LLM_BASE_URL']);
  return [{ ...createUnpricedModel({ id, kind: 'chat' }), provider: { id: 'default', baseUrl, apiKey } }];
}

function toModels({ providers, models }: CatalogueText, env: CatalogueEnvironment): CatalogueModel[] {
  const keys = env.LLM_PROVIDER_KEYS ?? {};
  // With several of them it is not known whose it is, and another must not get to see it.
  const onlyKey = providers.length === 1 ? env.LLM_API_KEY : undefined;
  const byId = new Map(
    providers.map(({ id, base_url: baseUrl }) => [id, { id, baseUrl, apiKey: keys[id] ?? onlyKey }]),
  );
  return models.map((model) => toModel(model, byId));
}

/**
 * Every model that the environment names, and the built-in one, which answers where there is no other. Throws
 * `ConfigurationError`, which names each mistake by its path.
 */
export function createCatalogue(env: CatalogueEnvironment): Catalogue {
  const text = env.LLM_CATALOG === undefined ? undefined : parseCatalogue(env.LLM_CATALOG);
  const builtIn = createUnpricedModel({ id: builtInId, kind: 'chat' });
  const models = new Map(
    [...(text ? toModels(text, env) : toOnlyModel(env)), builtIn].map((model) => [model.id, model]),
  );
  const known = models.get(env.EMBEDDINGS_MODEL ?? '');
  if (known && known.kind !== 'embedding')
    throw new ConfigurationError(['EMBEDDINGS_MODEL is the name of a chat model']);
  const embedding = toEmbeddingModel(env, known);
  if (embedding && !known) models.set(embedding.id, embedding);
  const all = [...models.values()];
  return {
    models,
    defaultModel: models.get(text?.default_model ?? '') ?? all.find(({ kind }) => kind === 'chat') ?? builtIn,
    defaultEmbedding: known ?? embedding ?? all.find(({ kind }) => kind === 'embedding'),
  };
}
