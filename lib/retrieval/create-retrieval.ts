import { createRequire } from 'node:module';
import { ConfigurationError, type Environment } from '#lib/config/env.ts';
import type { searchEnv, serverEnv } from '#lib/config/variables.ts';
import type { Embedder } from '#lib/llm/embedder.ts';
import { createOpenAIEmbedder } from '#lib/llm/embedder-openai.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Tripwire } from '#lib/tenancy/tripwire.ts';
import type { SearchEngine } from './engine.ts';
import { createRetrieve, type Retrieve } from './retrieve.ts';

export type RetrievalEnvironment = Environment<typeof searchEnv & Pick<typeof serverEnv, 'DATA_DIR'>>;

export interface Retrieval {
  engine: SearchEngine;
  embedder: Embedder | undefined;
  retrieve: Retrieve;
}

function createEmbedder(env: RetrievalEnvironment): Embedder | undefined {
  const {
    EMBEDDINGS_BASE_URL: baseUrl,
    EMBEDDINGS_API_KEY: apiKey,
    EMBEDDINGS_MODEL: model,
    EMBEDDINGS_DIMENSIONS: dimensions,
  } = env;
  if (baseUrl === undefined) return undefined;
  const missing = [
    ...(model === undefined ? ['EMBEDDINGS_MODEL'] : []),
    ...(dimensions === undefined ? ['EMBEDDINGS_DIMENSIONS'] : []),
  ];
  if (model === undefined || dimensions === undefined)
    throw new ConfigurationError(missing.map((name) => `${name} must be set with EMBEDDINGS_BASE_URL`));
  return createOpenAIEmbedder({ baseUrl, apiKey, model, dimensions });
}

/** The extension's native library comes in a package of its own for each platform; a bundle can't hold it. */
function findVectorExtension(): string {
  const { getLoadablePath }: { getLoadablePath: () => string } = createRequire(import.meta.url)('sqlite-vec');
  return getLoadablePath();
}

/** The engine and the embedder that the environment names. Throws `ConfigurationError`. */
export async function createRetrieval(
  env: RetrievalEnvironment,
  { tripwire, logger }: { tripwire: Tripwire; logger: Logger },
): Promise<Retrieval> {
  const embedder = createEmbedder(env);
  const { createSqliteEngine } = await import('./engine-sqlite.ts');
  const engine = createSqliteEngine({ directory: env.DATA_DIR, vectorExtension: embedder && findVectorExtension() });
  return { engine, embedder, retrieve: createRetrieve({ engine, embedder, tripwire, logger }) };
}
