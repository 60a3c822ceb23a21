import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { SearchEngine } from '#lib/retrieval/engine.ts';
import { freshTenant, testEmbedder } from '#tests/contracts/search-engine/under-test.ts';
import { toNewDocument, toSearch } from '#tests/support/documents.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { startAnsweringProxy } from '../support/answering-proxy.ts';
import { createTestEngine, openServer } from '../support/opensearch.ts';

/** What the network and other processes can do in the middle of a write, a search or a re-indexing. */

const { url } = openServer();

function open(at: string, options: Parameters<typeof createTestEngine>[1] = {}): SearchEngine {
  const engine = createTestEngine({ url: at }, options);
  onTestFinished(() => engine.close());
  return engine;
}

async function createWorld() {
  const proxy = await startAnsweringProxy(url);
  const scope = createScope(freshTenant());
  const engine = open(proxy.url);
  await engine.upsert(scope, [toNewDocument('plan', 'The old plan of elephants.')], calm);
  onTestFinished(() => open(url).drop(scope, calm));
  return { proxy, scope, engine };
}

const indicesOf = async (tenantId: string): Promise<string[]> =>
  Object.keys(Object(await (await fetch(`${url}/genai_${tenantId}.v*?allow_no_indices=true`)).json()));

test('rows that arrive after their write was given up are never seen, and swept away in the end', async () => {
  const { proxy, scope, engine } = await createWorld();
  const arrived = Promise.withResolvers<void>();
  proxy.intercept(({ path }, ask) =>
    path.includes('/_bulk')
      ? (async () => {
          // On its way for so long that the writer, and the first sweep, are done with it.
          await wait(6_000);
          const answer = await ask();
          arrived.resolve();
          return answer;
        })()
      : undefined,
  );
  proxy.seen.length = 0;
  const left = new AbortController();
  const writing = engine.upsert(scope, [toNewDocument('plan', 'The new plan of giraffes.')], left.signal);
  await vi.waitFor(() => expect(proxy.seen.some(({ path }) => path.includes('/_bulk'))).toBe(true));
  left.abort();
  await expect(writing).rejects.toMatchObject({ name: 'AbortError' });
  proxy.intercept(undefined);
  await arrived.promise;
  await fetch(`${url}/genai_${scope.tenantId}/_refresh`, { method: 'POST' });
  const { hits } = await engine.search(scope, toSearch('plan elephants giraffes'), calm);
  expect(hits.map(({ text }) => text)).toEqual(['The old plan of elephants.']);
  expect(await engine.count(scope, calm)).toEqual({ documents: 1, chunks: 1 });
  await engine.upsert(scope, [toNewDocument('plan', 'The last plan of zebras.')], calm);
  expect((await engine.search(scope, toSearch('plan'), calm)).hits.map(({ text }) => text)).toEqual([
    'The last plan of zebras.',
  ]);
});

test('a commit whose answer is lost is not reported as a failure', async () => {
  const { proxy, scope, engine } = await createWorld();
  let isLost = false;
  proxy.intercept(({ path, body }, ask) => {
    if (isLost || !path.includes('/_update/') || !body.includes('shown')) return undefined;
    isLost = true;
    const busy = { error: { type: 'rejected_execution_exception', reason: 'busy' }, status: 503 };
    return ask().then(() => ({ status: 503, body: JSON.stringify(busy) }));
  });
  expect(await engine.upsert(scope, [toNewDocument('plan', 'The new plan.')], calm)).toEqual(new Map());
  expect(isLost).toBe(true);
  expect(await engine.findText(scope, 'plan', calm)).toBe('The new plan.');
  expect(await engine.count(scope, calm)).toEqual({ documents: 1, chunks: 1 });
});

test('a proxy’s 404 is no empty tenant', async () => {
  const { proxy, scope, engine } = await createWorld();
  proxy.intercept(() => Promise.resolve({ status: 404, body: 'default backend - 404' }));
  const unavailable = { code: 'search_unavailable' };
  await expect(engine.search(scope, toSearch('plan'), calm)).rejects.toMatchObject(unavailable);
  await expect(engine.list(scope, { after: undefined, limit: 10 }, calm)).rejects.toMatchObject(unavailable);
  await expect(engine.count(scope, calm)).rejects.toMatchObject(unavailable);
  await expect(engine.drop(scope, calm)).rejects.toMatchObject(unavailable);
  expect(await open(url).count(scope, calm)).toEqual({ documents: 1, chunks: 1 });
});

test.each(['task_cancelled_exception', 'query_phase_execution_exception'])(
  'an engine that gives a search up itself (%s) is unavailable, not broken',
  async (type) => {
    const { proxy, scope, engine } = await createWorld();
    const body = JSON.stringify({ error: { type, reason: 'Time exceeded' }, status: 500 });
    proxy.intercept(({ path }) => (path.includes('/_search') ? Promise.resolve({ status: 500, body }) : undefined));
    await expect(engine.search(scope, toSearch('plan'), calm)).rejects.toMatchObject({ code: 'search_unavailable' });
    await expect(engine.find(scope, 'plan', calm)).rejects.toMatchObject({ code: 'search_unavailable' });
  },
);

test('a cluster that takes no further index has no room', async () => {
  const proxy = await startAnsweringProxy(url);
  const reason =
    'Validation Failed: 1: this action would add [1] total shards, but this cluster currently has [1000]/[1000] maximum shards open;';
  const body = JSON.stringify({ error: { type: 'validation_exception', reason }, status: 400 });
  proxy.intercept(({ method, path }) =>
    method === 'PUT' && /\.v\d+\?/.test(path) ? Promise.resolve({ status: 400, body }) : undefined,
  );
  const writing = open(proxy.url).upsert(createScope(freshTenant()), [toNewDocument('a', 'text')], calm);
  await expect(writing).rejects.toMatchObject({ code: 'storage_full' });
});

test('pipelines that are missing are made by the search that needs them', async () => {
  const { scope, engine } = await createWorld();
  await fetch(`${url}/_search/pipeline/genai-*`, { method: 'DELETE' });
  for (const name of ['genai-words-v1', 'genai-vectors-v1', 'genai-rrf-v1'])
    await fetch(`${url}/_search/pipeline/${name}`, { method: 'DELETE' });
  expect((await engine.search(scope, toSearch('plan'), calm)).hits).toHaveLength(1);
  expect((await engine.search(scope, toSearch('plan', { fusion: 'rrf' }), calm)).hits).toHaveLength(1);
});

test('a tenant that is dropped while it is re-indexed stays dropped, and its name can be used again', async () => {
  const { scope, engine } = await createWorld();
  const vectors = { embedder: testEmbedder, dimensions: 4 };
  const reindexing = open(url, { vectors }).reindex(
    scope,
    async (texts) => {
      await engine.drop(scope, calm);
      return texts.map(() => Float32Array.from([1, 0, 0, 0]));
    },
    calm,
  );
  await expect(Array.fromAsync(reindexing)).rejects.toBeDefined();
  expect(await indicesOf(scope.tenantId)).toEqual([]);
  const again = createScope(scope.tenantId, { incarnation: 'second' });
  onTestFinished(() => open(url).drop(again, calm));
  await engine.upsert(again, [toNewDocument('plan', 'A new beginning.')], calm);
  expect((await engine.search(again, toSearch('plan beginning'), calm)).hits).toHaveLength(1);
});

test('a write of an incarnation that has ended reaches no row of the next one', async () => {
  const { proxy, scope, engine } = await createWorld();
  const again = createScope(scope.tenantId, { incarnation: 'second' });
  onTestFinished(() => open(url).drop(again, calm));
  const direct = open(url);
  proxy.intercept(({ path }, ask) =>
    path.includes('/_bulk')
      ? (async () => {
          await direct.drop(scope, calm);
          await direct.upsert(again, [toNewDocument('own', 'of the second')], calm);
          return ask();
        })()
      : undefined,
  );
  const late = engine.upsert(scope, [toNewDocument('late', 'of the first')], calm);
  await expect(late).rejects.toBeDefined();
  proxy.intercept(undefined);
  await fetch(`${url}/genai_${scope.tenantId}/_refresh`, { method: 'POST' });
  const all = await (await fetch(`${url}/genai_${scope.tenantId}/_search?q=document_id:*`)).json();
  expect(JSON.stringify(all)).not.toContain('of the first');
  await direct.drop(scope, calm);
  expect(await direct.findText(again, 'own', calm)).toBe('of the second');
});

test('a tenant’s weights of vectors alone find by words until it is re-indexed', async () => {
  const { scope } = await createWorld();
  const engine = open(url, { vectors: { embedder: testEmbedder, dimensions: 4 } });
  const vector = { values: Float32Array.from([1, 0, 0, 0]), embedder: testEmbedder };
  const weights = { lexical: 0, ngram: 0, vector: 1 };
  const { hits, isDegraded } = await engine.search(scope, toSearch('elephants', { vector, weights }), calm);
  expect(hits).toHaveLength(1);
  expect(isDegraded).toBe(true);
});
