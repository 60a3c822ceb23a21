import type { Environment } from '#lib/config/env.ts';
import type { searchEnv } from '#lib/config/variables.ts';
import type { CatalogueModel, Provider } from './catalogue.ts';
import { createUnpricedModel } from './unpriced-model.ts';

export type EmbeddingsEnvironment = Partial<
  Pick<Environment<typeof searchEnv>, 'EMBEDDINGS_BASE_URL' | 'EMBEDDINGS_API_KEY' | 'EMBEDDINGS_MODEL'>
>;

/**
 * The model that the platform itself embeds with, with the prices that the catalogue has for it. `undefined` where the
 * environment names none.
 */
export function toEmbeddingModel(
  env: EmbeddingsEnvironment,
  known: CatalogueModel | undefined,
): (CatalogueModel & { provider: Provider }) | undefined {
  const { EMBEDDINGS_BASE_URL: baseUrl, EMBEDDINGS_API_KEY: apiKey, EMBEDDINGS_MODEL: id } = env;
  if (baseUrl === undefined || id === undefined) return undefined;
  const model = known ?? createUnpricedModel({ id, kind: 'embedding' });
  return { ...model, provider: { id: known?.provider?.id ?? 'embeddings', baseUrl, apiKey } };
}
