import { ApiError } from '#lib/core/api-error.ts';
import type { CorpusWrites } from '#lib/cache/corpus-writes.ts';
import type { Embedder } from '#lib/llm/embedder.ts';
import type { NewDocument, SearchEngine } from '#lib/retrieval/engine.ts';
import { toIndexedText } from '#lib/retrieval/indexed-text.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';

interface StoreDeps {
  engine: Pick<SearchEngine, 'upsert'>;
  /** Where there is one, each passage gets a vector. */
  embedder: Embedder | undefined;
  writes: CorpusWrites;
}

/** Gives what failed, by id; the rest is stored. Throws the signal's reason. */
export type StoreDocuments = (
  scope: TenantScope,
  documents: readonly NewDocument[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, unknown>>;

async function embed(
  scope: TenantScope,
  documents: readonly NewDocument[],
  by: Embedder,
  signal: AbortSignal,
): Promise<NewDocument[]> {
  const texts = documents.flatMap(({ title, pieces }) => pieces.map((chunk) => toIndexedText(title, chunk)));
  const vectors = (await by.embed(scope, texts, signal)).values();
  return documents.map((document) => ({
    ...document,
    embedder: by.identity,
    pieces: document.pieces.map((chunk) => {
      const embedding = vectors.next().value;
      return embedding ? { ...chunk, embedding } : chunk;
    }),
  }));
}

const isExhausted = (error: unknown): boolean => error instanceof ApiError && error.code === 'budget_exhausted';

/**
 * All passages together, in few calls; where that fails, one document after the other, so that none fails for another's.
 * Where the budget is at its end nothing is called again.
 */
async function embedAll(
  scope: TenantScope,
  documents: readonly NewDocument[],
  by: Embedder,
  failures: Map<string, unknown>,
  signal: AbortSignal,
): Promise<NewDocument[]> {
  try {
    return await embed(scope, documents, by, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (documents.length === 1 || isExhausted(error)) {
      for (const { id } of documents) failures.set(id, error);
      return [];
    }
  }
  const embedded: NewDocument[] = [];
  for (const document of documents) embedded.push(...(await embedAll(scope, [document], by, failures, signal)));
  return embedded;
}

export function createStoreDocuments({ engine, embedder, writes }: StoreDeps): StoreDocuments {
  return async (scope, documents, signal) => {
    const failures = new Map<string, unknown>();
    const ready = embedder ? await embedAll(scope, documents, embedder, failures, signal) : documents;
    if (ready.length === 0) return failures;
    try {
      const refused = await writes.during(scope, (held) => engine.upsert(scope, ready, held), signal);
      return new Map([...failures, ...refused]);
    } catch (error) {
      signal.throwIfAborted();
      return new Map(documents.map(({ id }) => [id, failures.get(id) ?? error]));
    }
  };
}
