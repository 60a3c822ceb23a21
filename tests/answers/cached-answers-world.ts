import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { Answer, AnswerEvent, Question } from '#lib/answers/answer.ts';
import { createCachedAnswers, type AnswerMeans } from '#lib/answers/cached-answers.ts';
import type { Source } from '#lib/answers/source.ts';
import type { CorpusStore } from '#lib/cache/corpus-store.ts';
import type { Embedder } from '#lib/llm/embedder.ts';
import { createSqliteState } from '#lib/state/create-sqlite-state.ts';
import type { StateStore } from '#lib/state/store.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';

export const toQuestion = (question: string, changes: Partial<Question> = {}): Question => ({
  question,
  conversation: [],
  limit: 5,
  filter: {},
  model: undefined,
  maxOutputTokens: undefined,
  temperature: undefined,
  isFresh: false,
  ...changes,
});

export const defaultMeans: AnswerMeans = { model: 'model-1', promptVersion: '1', isBypassed: false };

const source: Source = {
  n: 1,
  documentId: 'tower',
  title: 'Tower',
  mediaType: 'text/plain',
  start: 0,
  text: 'The tower is 96 metres tall.',
};

/** As it is made: with sources, in words, for money. */
export function toAnswer(text: string, changes: Partial<Answer> = {}): Answer {
  return {
    text,
    citations: [{ n: 1, documentId: 'tower', title: 'Tower', quote: source.text, start: 0, end: source.text.length }],
    finish: 'stop',
    docsRetrieved: 1,
    model: 'model-1',
    cached: false,
    isDegraded: false,
    usage: { inputTokens: 10, outputTokens: 5, costDollars: 0.25, isEstimated: false },
    ...changes,
  };
}

export function* toEvents(answer: Answer): Generator<AnswerEvent> {
  yield { type: 'source', source };
  for (const word of answer.text.split(/(?<= )/)) yield { type: 'delta', text: word };
  yield { type: 'end', answer };
}

interface WorldOptions {
  ttlSeconds?: number;
  embedder?: Embedder | undefined;
  now?: () => number;
  /** Stands in front of the store. */
  disturb?: (store: StateStore, corpus: CorpusStore) => { store?: StateStore; corpus?: CorpusStore };
}

/** The cache on an embedded store. What is made is counted, and can be told how to be. */
export function createAnswerWorld({ ttlSeconds = 3_600, embedder, now, disturb = () => ({}) }: WorldOptions = {}) {
  const state = createSqliteState(':memory:', now);
  onTestFinished(() => state.close());
  const telemetry = createRecordedTelemetry();
  const counted: string[] = [];
  const metrics = {
    ...telemetry.metrics,
    cache: (name: string, result: string) => void counted.push(`${name} ${result}`),
  };
  const createInstance = () =>
    createCachedAnswers({
      store: state.store,
      corpus: state.corpus,
      ...disturb(state.store, state.corpus),
      embedder,
      metrics,
      logger: telemetry.logger,
      randomId: randomUUID,
      ttlSeconds,
    });
  const cachedAnswers = createInstance();
  const world = {
    made: 0,
    make: async function* (_signal: AbortSignal): AsyncGenerator<AnswerEvent> {
      yield* toEvents(toAnswer(`Answer ${world.made}.`));
    },
  };
  const produce = (signal: AbortSignal) => {
    world.made += 1;
    return world.make(signal);
  };

  interface Asking {
    scope?: TenantScope;
    means?: Partial<AnswerMeans>;
    signal?: AbortSignal;
    by?: typeof cachedAnswers;
  }
  const stream = (question: string | Question, { scope = createScope('acme'), means, signal, by }: Asking = {}) =>
    (by ?? cachedAnswers)(
      scope,
      typeof question === 'string' ? toQuestion(question) : question,
      { ...defaultMeans, ...means },
      produce,
      signal ?? calm,
    );

  return Object.assign(world, {
    ...state,
    counted,
    logged: telemetry.logged,
    createInstance,
    stream,
    async ask(question: string | Question, asking: Asking = {}): Promise<Answer> {
      for await (const event of stream(question, asking)) if (event.type === 'end') return event.answer;
      throw new Error('The answer has no end');
    },
    async changeDocuments(scope = createScope('acme')): Promise<void> {
      await state.corpus.beginWrite(scope, 'write', 60_000, calm);
      await state.corpus.endWrite(scope, 'write', calm);
    },
  });
}
