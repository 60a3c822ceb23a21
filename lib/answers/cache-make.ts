import { setTimeout as wait } from 'node:timers/promises';
import { cacheCollections } from '#lib/cache/cache-entries.ts';
import type { CorpusState } from '#lib/cache/corpus-store.ts';
import type { RecordLock } from '#lib/cache/record-lock.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { Answer, AnswerEvent } from './answer.ts';
import type { AnswerDigests } from './cache-digest.ts';
import { replay, type KeptAnswer } from './cache-record.ts';
import type { CacheRecords } from './cache-records.ts';
import type { ComparedQuestion, SimilarQuestions } from './cache-similar.ts';
import type { Source } from './source.ts';

/** An answer that is to be made. */
export interface Wanted {
  scope: TenantScope;
  digests: AnswerDigests;
  model: string;
  /** `undefined` where it is not to be found in other words. */
  asked: ComparedQuestion | undefined;
  produce: (signal: AbortSignal) => AsyncGenerator<AnswerEvent>;
}

/** Both go on after their `end` until the answer is kept. They throw what `produce` does, or the signal's reason. */
export interface MakeAnswer {
  /** Makes it, whoever else does. */
  make(wanted: Wanted, corpus: CorpusState, signal: AbortSignal): AsyncGenerator<AnswerEvent>;
  /** Makes it unless another process does: that one's is waited for, within limits. */
  makeOnce(wanted: Wanted, corpus: CorpusState, signal: AbortSignal): AsyncGenerator<AnswerEvent>;
}

interface MakeAnswerDeps {
  records: CacheRecords;
  similar: SimilarQuestions | undefined;
  lock: RecordLock;
  metrics: Metrics;
  logger: Logger;
  random: () => number;
}

/** While the store does not answer. What is made from it is not kept. */
const unknownCorpus: CorpusState = { version: 0, isQuiet: false };
const keepMilliseconds = 1_000;
const firstDelay = 50;
const maxDelay = 500;
/** Longer than nearly all answers take. Who has waited for so long asks the model itself. */
const maxWait = 30_000;

/** Not one that was cut, that a part of the documents was missing for, or that a model wrote which was not asked. */
const isKeepable = ({ finish, isDegraded, model }: Answer, asked: string): boolean =>
  finish !== 'length' && !isDegraded && model === asked;

export function createMakeAnswer(deps: MakeAnswerDeps): MakeAnswer {
  const { records, similar, lock, metrics, logger, random } = deps;

  async function keep(wanted: Wanted, version: number, answer: Answer, sources: readonly Source[]): Promise<void> {
    const { scope, digests, asked } = wanted;
    const signal = AbortSignal.timeout(keepMilliseconds);
    try {
      const made = { digest: digests.exact, version, answer: { ...answer, sources } };
      if (!(await records.keep(scope, made, signal)) || !asked) return;
      await similar?.remember(scope, { ...digests, corpus: version, asked }, signal);
    } catch (error) {
      // The answer was given: nobody need learn of it but who operates this.
      logger.warn({ event: 'answer_not_kept', tenant_id: scope.tenantId, request_id: scope.origin.requestId, error });
    }
  }

  async function* make(wanted: Wanted, corpus: CorpusState, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    const sources: Source[] = [];
    let answer: Answer | undefined;
    for await (const event of wanted.produce(signal)) {
      if (event.type === 'source') sources.push(event.source);
      if (event.type === 'end') ({ answer } = event);
      yield event;
    }
    if (answer && corpus.isQuiet && isKeepable(answer, wanted.model)) {
      await keep(wanted, corpus.version, answer, sources);
    }
  }

  function makeMissing(wanted: Wanted, corpus: CorpusState, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    metrics.cache('exact', 'miss');
    return make(wanted, corpus, signal);
  }

  function replayShared(kept: KeptAnswer): Generator<AnswerEvent> {
    metrics.cache('exact', 'shared');
    return replay(kept, 'exact');
  }

  async function* makeLocked(wanted: Wanted, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    // Who had the lock before may have finished since the last look.
    const found = await records.find(wanted.scope, wanted.digests.exact, signal);
    if (found?.kept) yield* replayShared(found.kept);
    else yield* makeMissing(wanted, found?.corpus ?? unknownCorpus, signal);
  }

  return {
    make,
    async *makeOnce(wanted, known, signal) {
      const { scope, digests } = wanted;
      let corpus = known;
      let waited = 0;
      for (let delay = firstDelay; corpus.isQuiet && waited < maxWait; delay = Math.min(maxDelay, 2 * delay)) {
        const key = scope.collection(cacheCollections.locks).key(`${digests.exact}.${corpus.version}`);
        const held = await lock.take(key, signal);
        if (held) {
          try {
            return yield* makeLocked(wanted, signal);
          } finally {
            await held.release();
          }
        }
        const pause = delay * (0.5 + random());
        await wait(pause, undefined, { signal });
        waited += pause;
        const found = await records.find(scope, digests.exact, signal);
        if (found?.kept) return yield* replayShared(found.kept);
        corpus = found?.corpus ?? unknownCorpus;
      }
      // What is made from documents that are changing can't be kept: there is nothing to wait for.
      yield* makeMissing(wanted, corpus, signal);
    },
  };
}
