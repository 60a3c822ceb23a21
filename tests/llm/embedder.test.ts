import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOpenAIEmbedder } from '#lib/llm/embedder-openai.ts';
import { calm } from '#tests/support/scope.ts';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { startUpstream, type Upstream } from '#tests/support/upstream.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream({ dimensions: 64 });
});
afterAll(() => upstream.close());

const create = (dimensions = 64) =>
  createOpenAIEmbedder({ baseUrl: upstream.url, apiKey: undefined, model: 'words', dimensions });

test('texts become vectors of length 1, in their order and in batches', async () => {
  const texts = Array.from({ length: 150 }, (_, index) => `word${index}`);
  const vectors = await create().embed(texts, calm);
  expect(vectors).toHaveLength(150);
  for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  const [again] = await create().embed(['word149'], calm);
  expect(vectors[149]).toEqual(again);
});

test('a model of other dimensions than configured is refused', async () => {
  await expect(create(32).embed(['text'], calm)).rejects.toMatchObject({ code: 'model_error' });
});

test('with an embedder, search finds by vectors as well, and hybrid is its default', async () => {
  const platform = await createTestPlatform({
    EMBEDDINGS_BASE_URL: upstream.url,
    EMBEDDINGS_MODEL: 'words',
    EMBEDDINGS_DIMENSIONS: '64',
  });
  const token = await createToken();
  const documents = [
    { id: 'a', text: 'The quick brown fox' },
    { id: 'b', text: 'A slow green turtle' },
    { id: 'c', text: 'The quick brown fox in secret', groups: ['board'] },
  ];
  expect((await platform.call('POST /v1/documents', { token, json: { documents } })).status).toBe(200);
  const response = await platform.call('POST /v1/search', { token, json: { query: 'quick fox', mode: 'vector' } });
  expect(await response.json()).toMatchObject({ mode: 'vector', hits: [{ document_id: 'a' }, { document_id: 'b' }] });
  const explained = await platform.call('POST /v1/search', { token, json: { query: 'quick fox', explain: true } });
  expect(await explained.json()).toMatchObject({
    mode: 'hybrid',
    hits: [{ document_id: 'a', explanation: { lexical: 0.5, vector: 0.5 } }, {}],
  });
});
