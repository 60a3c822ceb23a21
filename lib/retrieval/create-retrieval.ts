import { createRequire } from 'node:module';
import { ConfigurationError, type Environment } from '#lib/config/env.ts';
import type { searchEnv, serverEnv } from '#lib/config/variables.ts';
import type { Embedder } from '#lib/llm/embedder.ts';
import { checkEmbedder } from '#lib/llm/check-embedder.ts';
import { createCatalogue, type CatalogueEnvironment } from '#lib/llm/create-catalogue.ts';
import { createCachedEmbedder } from '#lib/llm/embedder-cached.ts';
import { createOpenAIEmbedder } from '#lib/llm/embedder-openai.ts';
import { toEmbeddingModel } from '#lib/llm/embedding-model.ts';
import { createMeterCall } from '#lib/llm/meter-call.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { LeakageMonitor } from '#lib/tenancy/leakage.ts';
import type { TenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import type { Tripwire } from '#lib/tenancy/tripwire.ts';
import { createGuardedEngine } from './engine-guarded.ts';
import type { SearchEngine } from './engine.ts';
import { createRetrieve, type Retrieve } from './retrieve.ts';
import type { SearchConnection } from './search-connection.ts';

export type RetrievalEnvironment = Environment<typeof searchEnv & Pick<typeof serverEnv, 'DATA_DIR'>> &
  CatalogueEnvironment;

export interface Retrieval {
  engine: SearchEngine;
  embedder: Embedder | undefined;
  retrieve: Retrieve;
  /** False where the embedding model is not the one that the environment describes. */
  check: () => Promise<boolean>;
}

function createEmbedder(env: RetrievalEnvironment, metrics: Metrics): Embedder | undefined {
  const { EMBEDDINGS_BASE_URL, EMBEDDINGS_MODEL: name, EMBEDDINGS_DIMENSIONS: dimensions } = env;
  if (EMBEDDINGS_BASE_URL === undefined) return undefined;
  const missing = [
    ...(name === undefined ? ['EMBEDDINGS_MODEL'] : []),
    ...(dimensions === undefined ? ['EMBEDDINGS_DIMENSIONS'] : []),
  ];
  const model = toEmbeddingModel(env, createCatalogue(env).models.get(name ?? ''));
  if (!model || dimensions === undefined)
    throw new ConfigurationError(missing.map((variable) => `${variable} must be set with EMBEDDINGS_BASE_URL`));
  metrics.models([model.id]);
  const now = Date.now;
  const meterCall = createMeterCall({ metrics, now });
  return createCachedEmbedder(
    createOpenAIEmbedder({ model, dimensions, meterCall, now, queue: metrics.queue('embedder') }),
  );
}

/** The extension's native library comes in a package of its own for each platform; a bundle can't hold it. */
function findVectorExtension(): string {
  const { getLoadablePath }: { getLoadablePath: () => string } = createRequire(import.meta.url)('sqlite-vec');
  return getLoadablePath();
}

interface RetrievalDeps {
  leakage: LeakageMonitor;
  tripwire: Tripwire;
  logger: Logger;
  metrics: Metrics;
  tenants: TenantRegistry;
  search: Pick<SearchConnection, 'open'>;
}

/** Clients of engines are loaded only where they are used. */
async function createEngine(
  env: RetrievalEnvironment,
  embedder: Embedder | undefined,
  deps: RetrievalDeps,
): Promise<SearchEngine> {
  if (env.SEARCH_ENGINE === 'opensearch') {
    const { createOpenSearch } = await import('./opensearch/create-opensearch.ts');
    const vectors = embedder && { embedder: embedder.identity, dimensions: embedder.dimensions };
    const transport = await deps.search.open();
    return createGuardedEngine(createOpenSearch(env, vectors, { ...deps, transport }), deps.leakage);
  }
  const { createSqliteEngine } = await import('./engine-sqlite.ts');
  return createSqliteEngine({
    directory: env.DATA_DIR,
    vectorExtension: embedder && findVectorExtension(),
    embedder: embedder?.identity,
  });
}

/** The engine and the embedder that the environment names. Throws `ConfigurationError`. */
export async function createRetrieval(env: RetrievalEnvironment, deps: RetrievalDeps): Promise<Retrieval> {
  const embedder = createEmbedder(env, deps.metrics);
  const engine = await createEngine(env, embedder, deps);
  const check = async () => !embedder || checkEmbedder(embedder, deps.logger);
  return { engine, embedder, retrieve: createRetrieve({ ...deps, engine, embedder }), check };
}
