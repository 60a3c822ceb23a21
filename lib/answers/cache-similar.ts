import * as v from 'valibot';
import { withTimeout } from '#lib/core/abort.ts';
import { cosine, decodeByteVector, encodeByteVector, toByteVector } from '#lib/cache/byte-vector.ts';
import { cacheCollections } from '#lib/cache/cache-entries.ts';
import { unlessAway } from '#lib/cache/unless-away.ts';
import type { Embedder } from '#lib/llm/embedder.ts';
import type { StateStore } from '#lib/state/store.ts';
import type { StateKey } from '#lib/tenancy/state-key.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { toGuard } from './cache-guard.ts';

/** A question as it is compared with others. */
export interface ComparedQuestion {
  guard: string;
  vector: Float32Array;
}

/** The latest questions that only their words tell apart. Nothing of it fails where store or embedder do not answer. */
export interface SimilarQuestions {
  /** `undefined` where the tenant wants no comparison, or none can be made. Throws the signal's reason. */
  compare(scope: TenantScope, question: string, signal: AbortSignal): Promise<ComparedQuestion | undefined>;
  /** The exact digest of a question that asks for the same, and was answered while the documents were at `corpus`. */
  find(
    scope: TenantScope,
    from: { others: string; corpus: number; asked: ComparedQuestion },
    signal: AbortSignal,
  ): Promise<string | undefined>;
  remember(
    scope: TenantScope,
    question: { others: string; exact: string; corpus: number; asked: ComparedQuestion },
    signal: AbortSignal,
  ): Promise<void>;
}

interface SimilarQuestionsDeps {
  store: StateStore;
  embedder: Embedder;
  ttlSeconds: number;
}

/**
 * Of 73 pairs of questions with different answers, as near as they could be thought of, all-MiniLM-L6-v2 puts 12 at .95
 * or above; none of them passes the guard. Of 42 pairs that ask the same, 10 pass both.
 */
const defaultThreshold = 0.95;
const maxQuestions = 64;
const embedMilliseconds = 1_500;
const maxAttempts = 3;

const RecordSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.array(
    v.strictObject({
      guard: v.string(),
      vector: v.string(),
      exact: v.string(),
      corpus: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    }),
  ),
);

type Entry = v.InferOutput<typeof RecordSchema>[number];

const keyOf = (scope: TenantScope, others: string): StateKey => scope.collection(cacheCollections.similar).key(others);
const thresholdOf = ({ cache }: TenantScope): number => cache?.semantic_threshold ?? defaultThreshold;

export function createSimilarQuestions({ store, embedder, ttlSeconds }: SimilarQuestionsDeps): SimilarQuestions {
  async function read(scope: TenantScope, others: string, signal: AbortSignal) {
    const record = await unlessAway(store.get(keyOf(scope, others), signal));
    const { success, output } = v.safeParse(RecordSchema, record?.value);
    return { entries: success ? output : [], version: record?.version ?? 0 };
  }

  return {
    async compare(scope, question, signal) {
      const guard = toGuard(question);
      if (guard === '' || thresholdOf(scope) >= 1) return undefined;
      const limited = withTimeout(signal, embedMilliseconds);
      const [vector] = await embedder.embed(scope, [question], limited).catch(() => []);
      signal.throwIfAborted();
      return vector && { guard, vector };
    },
    async find(scope, { others, corpus, asked }, signal) {
      const { entries } = await read(scope, others, signal);
      let best: { exact: string; similarity: number } | undefined;
      for (const entry of entries) {
        if (entry.corpus !== corpus || entry.guard !== asked.guard) continue;
        const similarity = cosine(asked.vector, decodeByteVector(entry.vector));
        if (similarity >= thresholdOf(scope) && similarity > (best?.similarity ?? 0)) {
          best = { exact: entry.exact, similarity };
        }
      }
      return best?.exact;
    },
    async remember(scope, { others, exact, corpus, asked }, signal) {
      const vector = encodeByteVector(toByteVector(asked.vector));
      for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
        const { entries, version } = await read(scope, others, signal);
        const rest = entries.filter((entry) => entry.corpus === corpus && entry.exact !== exact);
        const next: Entry[] = [{ guard: asked.guard, vector, exact, corpus }, ...rest].slice(0, maxQuestions);
        const options = { ifVersion: version, ttlSeconds };
        const isWritten = await unlessAway(store.put(keyOf(scope, others), JSON.stringify(next), options, signal));
        if (isWritten !== false) return;
      }
    },
  };
}
