import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import type { AnswerEvent } from '#lib/answers/answer.ts';
import { createCachedAnswers } from '#lib/answers/cached-answers.ts';
import { toSources } from '#lib/answers/source.ts';
import type { CorpusStore } from '#lib/cache/corpus-store.ts';
import { createCorpusWrites } from '#lib/cache/corpus-writes.ts';
import { createIngest } from '#lib/documents/ingest.ts';
import { createPreparer, type Preparer } from '#lib/documents/preparer.ts';
import { createRemoveDocument } from '#lib/documents/remove-document.ts';
import type { SearchEngine } from '#lib/retrieval/engine.ts';
import { createRetrieve } from '#lib/retrieval/retrieve.ts';
import type { StateStore } from '#lib/state/store.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { createAlikeEmbedder } from '#tests/answers/alike-embedder.ts';
import { defaultMeans, toAnswer, toQuestion } from '#tests/answers/cached-answers-world.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { createFakeAudit } from '#tests/support/audit.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';

/** What one process of the platform stands on. */
interface Engines {
  store: StateStore;
  corpus: CorpusStore;
  engine: SearchEngine;
}

const audit = createFakeAudit();

const pause = () => wait(Math.random() * 2);

/** Takes its time around each step, so that others come in between. */
const slowly = (engine: SearchEngine): SearchEngine => ({
  ...engine,
  async upsert(...given) {
    await pause();
    const failures = await engine.upsert(...given);
    await pause();
    return failures;
  },
  async remove(...given) {
    await pause();
    const isRemoved = await engine.remove(...given);
    await pause();
    return isRemoved;
  },
  async search(...given) {
    const result = await engine.search(...given);
    await pause();
    return result;
  },
});

/** The same question, word for word or not. */
const wordings = [
  'What is the merger plan?',
  'What is our merger plan?',
  'Please explain the merger plan.',
  'Merger plan?',
];

/** The verbs of one process; its answers are what its searches find. */
function createPod({ store, corpus, engine: bare }: Engines, preparer: Preparer) {
  const engine = slowly(bare);
  const hitsOf = { exact: 0, semantic: 0 };
  const telemetry = createRecordedTelemetry();
  const metrics = {
    ...telemetry.metrics,
    cache(name: keyof typeof hitsOf, result: string) {
      if (result === 'hit') hitsOf[name] += 1;
    },
  };
  const deps = { ...telemetry, metrics, store, corpus, engine, audit, preparer, embedder: undefined };
  const writes = createCorpusWrites({ corpus, randomId: randomUUID });
  const retrieve = createRetrieve({ ...deps, tripwire: (_, rows) => rows });
  const { embedder } = createAlikeEmbedder();
  const cachedAnswers = createCachedAnswers({ ...deps, embedder, randomId: randomUUID, ttlSeconds: 3_600 });

  async function* answer(scope: TenantScope, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    const input = { query: 'merger plan', mode: 'lexical', filter: {}, offset: 0, limit: 5, groupBy: 'chunk' } as const;
    const { hits, isDegraded } = await retrieve(scope, input, signal);
    for (const source of toSources(hits)) yield { type: 'source', source };
    const text = hits.map((hit) => hit.text).join('\n');
    yield { type: 'delta', text };
    yield { type: 'end', answer: toAnswer(text, { isDegraded, citations: [] }) };
  }

  return {
    hitsOf,
    ingest: createIngest({ ...deps, writes }),
    removeDocument: createRemoveDocument({ ...deps, writes }),
    async ask(scope: TenantScope): Promise<string> {
      const produce = (signal: AbortSignal) => answer(scope, signal);
      const wording = wordings[Math.floor(Math.random() * wordings.length)] ?? '';
      let text = '';
      const events = cachedAnswers(scope, toQuestion(wording), defaultMeans, produce, calm);
      for await (const event of events) if (event.type === 'end') ({ text } = event.answer);
      return text;
    },
  };
}

interface Race {
  /** The processes, each with its own clients of the same servers. */
  pods: readonly Engines[];
  rounds: number;
  tenant: string;
}

/**
 * Replaces, restricts and deletes a document again and again while readers ask for it, from every process. An answer that
 * was asked for after the change had returned must be of what is there then.
 */
export async function raceAnswers({ pods: engines, rounds, tenant }: Race): Promise<void> {
  const workerUrl = new URL('../../lib/documents/prepare-worker.ts', import.meta.url);
  const preparer = createPreparer({ workerUrl });
  onTestFinished(() => preparer.close());
  const pods = engines.map((each) => createPod(each, preparer));
  const writer = createScope(tenant, { role: 'tenant_admin', groups: ['board'] });
  const reader = createScope(tenant, { role: 'reader' });
  const stale: string[] = [];

  async function change(pod: ReturnType<typeof createPod>, round: number): Promise<string> {
    const kind = round % 3;
    if (kind === 2) {
      await pod.removeDocument(writer, 'plan', calm);
      return '';
    }
    const content = `The merger plan number${round - kind} is to buy shares.`;
    const groups = kind === 1 ? ['board'] : [];
    const source = { title: 'Plan', fileName: undefined, mediaType: 'text/plain', metadata: {}, id: 'plan', content };
    const [result] = await Array.fromAsync(pod.ingest(writer, [{ ...source, groups }], calm));
    expect(result?.error).toBeUndefined();
    return kind === 1 ? '' : content;
  }

  const askAll = () => Promise.all(pods.map((pod) => pod.ask(reader)));
  for (let round = 0; round < rounds; round += 1) {
    const writing = pods[round % pods.length] ?? expect.fail('There is no pod');
    const racing = Array.from({ length: 4 }, () => wait(Math.random() * 8).then(askAll));
    await pause();
    const present = await change(writing, round);
    const answers = [...(await askAll()), ...(await askAll())];
    stale.push(...answers.filter((text) => text !== present).map((text) => `round ${round}: ${text}`));
    await Promise.all(racing);
  }
  expect(stale).toEqual([]);
  for (const name of ['exact', 'semantic'] as const) {
    const hits = pods.reduce((sum, pod) => sum + pod.hitsOf[name], 0);
    expect(hits, `answers from the ${name} cache`).toBeGreaterThan(rounds / 10);
  }
}
