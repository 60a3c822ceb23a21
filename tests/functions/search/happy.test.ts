import * as v from 'valibot';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { SearchResponse } from '#functions/search/contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { startUpstream, type Upstream } from '#tests/support/upstream.ts';
import { createCorpus, idsOf } from './corpus.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.close());

const policy = 'Goods can be returned within 30 days.\n\nRefunds are paid out five working days after arrival.';
const documents = [
  { id: 'returns', title: 'Return policy', text: policy, metadata: { lang: 'en', year: 2024 } },
  { id: 'shipping', title: 'Shipping', text: 'Parcels leave our warehouse every evening.' },
  { id: 'tower', title: 'Tower', text: 'The tower is 96 metres tall.' },
];

test('a hit says which document it is from and where in its text it stands', async () => {
  const { search, call, token } = await createCorpus(documents);
  const { hits, mode, took_ms: took } = await search({ query: 'When are refunds paid out?' });
  expect(mode).toBe('hybrid');
  expect(took).toBeGreaterThanOrEqual(0);
  const [hit = expect.fail('no hit')] = hits;
  expect(hit).toMatchObject({ document_id: 'returns', title: 'Return policy', metadata: { lang: 'en', year: 2024 } });
  expect(hit.score).toBeGreaterThan(0);
  const text = await (await call('GET /v1/documents/returns/text', { token })).text();
  expect(text.slice(hit.start, hit.end)).toBe(hit.text);
  expect(hit).not.toHaveProperty('highlights');
  expect(hit).not.toHaveProperty('explanation');
});

test.each(['hybrid', 'lexical'])('%s search finds other forms of a word', async (mode) => {
  const { search } = await createCorpus(documents);
  const found = await search({ query: 'refunding', mode });
  expect(found.mode).toBe(mode);
  expect(idsOf(found)).toEqual(['returns']);
});

test('hybrid search finds a part of a word, too', async () => {
  const { search } = await createCorpus(documents);
  expect(idsOf(await search({ query: 'warehous' }))[0]).toBe('shipping');
});

test('offsets are those of JavaScript strings', async () => {
  const text = `${'😀'.repeat(40)} Ünïcödé comes first.\n\nThe zebra crosses the street. ${'🦓'.repeat(10)}`;
  const { search, call, token } = await createCorpus([{ id: 'unicode', text }]);
  const stored = await (await call('GET /v1/documents/unicode/text', { token })).text();
  const { hits } = await search({ query: 'zebra' });
  expect(hits.length).toBeGreaterThan(0);
  for (const { start, end, text: passage } of hits) expect(stored.slice(start, end)).toBe(passage);
});

test('nothing fits, nothing is found', async () => {
  const { search } = await createCorpus(documents);
  const found = await search({ query: 'xylophone' });
  expect(found.hits).toEqual([]);
  expect(found).not.toHaveProperty('next_cursor');
});

test('a tenant without a document searches nothing', async () => {
  const { search } = await createCorpus([]);
  expect((await search({ query: 'refunds' })).hits).toEqual([]);
});

test.each([
  '"',
  "' OR 1=1 --",
  'a AND (b',
  'NEAR(x y)',
  'title:x',
  '*',
  '-x',
  'ref* OR ship*',
  '(((',
  '\u0001',
  '😀',
  '{"a":1}',
  'a'.repeat(4_000),
])('a query is text, not a language: %j', async (query) => {
  const { search } = await createCorpus(documents);
  expect((await search({ query })).hits.length).toBeLessThanOrEqual(1);
});

test('what was replaced or deleted is not found any more when its call returns', async () => {
  const { search, call, token } = await createCorpus(documents);
  await call('PUT /v1/documents/tower', { token, json: { text: 'The bridge is 5 metres long.' } });
  expect(idsOf(await search({ query: 'tall 96' }))).not.toContain('tower');
  expect(idsOf(await search({ query: 'bridge' }))).toEqual(['tower']);
  await call('DELETE /v1/documents/tower', { token });
  expect((await search({ query: 'bridge' })).hits).toEqual([]);
});

test('with an embedder there is vector search, and hybrid search uses it', async () => {
  const { search } = await createCorpus(documents, {
    EMBEDDINGS_BASE_URL: upstream.url,
    EMBEDDINGS_MODEL: 'simulated',
    EMBEDDINGS_DIMENSIONS: '64',
  });
  const found = await search({ query: 'the tower is 96 metres tall', mode: 'vector' });
  expect(found.mode).toBe('vector');
  expect(idsOf(found)[0]).toBe('tower');
  const { hits } = await search({ query: 'the tower is 96 metres tall', explain: true });
  expect(hits[0]).toMatchObject({ document_id: 'tower', explanation: { vector: expect.any(Number) } });
});

test('an embedder that gives something else than its vectors is a failed model', async () => {
  const { call, token } = await createCorpus([], {
    EMBEDDINGS_BASE_URL: upstream.url,
    EMBEDDINGS_MODEL: 'simulated',
    EMBEDDINGS_DIMENSIONS: '32',
  });
  const response = await call('POST /v1/search', { token, json: { query: 'tower', mode: 'vector' } });
  const { request_id: _, ...problem } = v.parse(v.looseObject({ request_id: v.string() }), await response.json());
  expect(problem).toMatchObject({ status: 502, code: 'model_error' });
  expect(JSON.stringify(problem)).not.toMatch(/127\.0\.0\.1|32|64/);
});

test('a hybrid search whose query gets no vector goes on without it, and says so', async () => {
  const { search } = await createCorpus(documents);
  const lexical = await search({ query: 'the tower is 96 metres tall' });
  const broken = await createCorpus(documents, {
    EMBEDDINGS_BASE_URL: upstream.url,
    EMBEDDINGS_MODEL: 'simulated',
    EMBEDDINGS_DIMENSIONS: '64',
  });
  const { call, token } = broken;
  upstream.failEmbeddings({ kind: 'status', status: 500 });
  onTestFinished(() => upstream.failEmbeddings(undefined));
  const response = await call('POST /v1/search', { token, json: { query: 'the tower is 96 metres tall' } });
  const degraded = await parseBody(SearchResponse, response);
  expect(degraded).toMatchObject({ mode: 'hybrid', degraded: true });
  expect(idsOf(degraded)).toEqual(idsOf(lexical));
});
