import { cacheCollections } from '#lib/cache/cache-entries.ts';
import type { CorpusState, CorpusStore } from '#lib/cache/corpus-store.ts';
import { createRecordLock } from '#lib/cache/record-lock.ts';
import type { Embedder } from '#lib/llm/embedder.ts';
import type { StateStore } from '#lib/state/store.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import { withSpan } from '#lib/telemetry/tracing/span.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { AnswerEvent, Question } from './answer.ts';
import { toDigests, type AnswerFacts } from './cache-digest.ts';
import { createFlights } from './cache-flights.ts';
import { createMakeAnswer, type Wanted } from './cache-make.ts';
import { replay } from './cache-record.ts';
import { createCacheRecords } from './cache-records.ts';
import { createSimilarQuestions, type ComparedQuestion } from './cache-similar.ts';

interface CachedAnswersDeps {
  store: StateStore;
  corpus: CorpusStore;
  /** Where there is one, questions in other words are recognised. */
  embedder: Embedder | undefined;
  metrics: Metrics;
  logger: Logger;
  randomId: () => string;
  /** 0 turns all of it off. */
  ttlSeconds: number;
  random?: () => number;
}

/** What a question is answered with. */
export interface AnswerMeans extends Pick<AnswerFacts, 'model' | 'promptVersion'> {
  /** The client wants an answer that is made for it now. */
  isBypassed: boolean;
}

/** Throws what `produce` does, or the signal's reason; nothing of its own. */
export type CachedAnswers = (
  scope: TenantScope,
  question: Question,
  means: AnswerMeans,
  produce: Wanted['produce'],
  signal: AbortSignal,
) => AsyncGenerator<AnswerEvent>;

/**
 * Gives what was answered before, to whoever may see the same documents, as long as none of them has changed; what several
 * ask at once is made once. An answer that is made anew is billed to the request that it is made for first.
 */
export function createCachedAnswers(deps: CachedAnswersDeps): CachedAnswers {
  const { store, embedder, metrics, logger, randomId, ttlSeconds, random = Math.random } = deps;
  const records = createCacheRecords(deps);
  const similar = embedder && createSimilarQuestions({ store, embedder, ttlSeconds });
  const makeAnswer = createMakeAnswer({
    records,
    similar,
    lock: createRecordLock({ store }),
    metrics,
    logger,
    random,
  });
  const flights = createFlights({ onShared: () => metrics.cache('exact', 'shared') });

  /** What a question in other words was answered with, from the same documents. */
  function findSimilar({ scope, digests }: Wanted, asked: ComparedQuestion, corpus: CorpusState, signal: AbortSignal) {
    return withSpan('cache', { attributes: { 'genai.cache.name': 'semantic' } }, async (span) => {
      const digest = await similar?.find(scope, { others: digests.others, corpus: corpus.version, asked }, signal);
      const found = digest === undefined ? undefined : await records.find(scope, digest, signal);
      span.set({ 'genai.cache.hit': found?.kept !== undefined });
      metrics.cache('semantic', found?.kept ? 'hit' : 'miss');
      return found?.kept;
    });
  }

  /** Its words alone say what a question means only where nothing was said before it. */
  async function* findOrMake(
    wanted: Wanted,
    { question, conversation }: Question,
    corpus: CorpusState,
    signal: AbortSignal,
  ): AsyncGenerator<AnswerEvent> {
    const { scope } = wanted;
    const asked = conversation.length === 0 ? await similar?.compare(scope, question, signal) : undefined;
    const kept = asked && (await findSimilar(wanted, asked, corpus, signal));
    if (kept) {
      metrics.cache('exact', 'miss');
      yield* replay(kept, 'semantic');
    } else yield* makeAnswer.makeOnce({ ...wanted, asked }, corpus, signal);
  }

  async function* lookUp(wanted: Wanted, question: Question, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    const { scope, digests, produce } = wanted;
    const found = await withSpan('cache', { attributes: { 'genai.cache.name': 'exact' } }, async (span) => {
      const record = await records.find(scope, digests.exact, signal);
      span.set({ 'genai.cache.hit': record?.kept !== undefined });
      return record;
    });
    if (!found) return yield* produce(signal);
    const { corpus, kept } = found;
    if (kept) {
      metrics.cache('exact', 'hit');
      return yield* replay(kept, 'exact');
    }
    const key = `${scope.collection(cacheCollections.answers).key(digests.exact)}.${corpus.version}`;
    yield* flights.share(key, (until) => findOrMake(wanted, question, corpus, until), signal);
  }

  /** The new answer takes the place of the one that was kept. */
  async function* bypass(wanted: Wanted, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    metrics.cache('exact', 'bypassed');
    const corpus = await records.readCorpus(wanted.scope, signal);
    if (!corpus) return yield* wanted.produce(signal);
    yield* flights.share(randomId(), (until) => makeAnswer.make(wanted, corpus, until), signal);
  }

  return (scope, question, { isBypassed, ...means }, produce, signal) => {
    if (ttlSeconds === 0) return produce(signal);
    const digests = toDigests(scope, question, { ...means, embedder: embedder?.identity });
    const wanted: Wanted = { scope, digests, model: means.model, asked: undefined, produce };
    return isBypassed ? bypass(wanted, signal) : lookUp(wanted, question, signal);
  };
}
