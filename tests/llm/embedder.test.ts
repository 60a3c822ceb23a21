import { once } from 'node:events';
import { createServer } from 'node:http';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { ApiError } from '#lib/core/api-error.ts';
import { createCachedEmbedder } from '#lib/llm/embedder-cached.ts';
import { createOpenAIEmbedder } from '#lib/llm/embedder-openai.ts';
import { createMeterCall } from '#lib/llm/meter-call.ts';
import { createUnpricedModel } from '#lib/llm/unpriced-model.ts';
import { createUsageMeter, spentBy } from '#lib/usage/usage-meter.ts';
import { calm } from '#tests/support/scope.ts';
import { createTestPlatform, createToken, testSecret } from '#tests/support/platform.ts';
import { run } from '#tests/http/server-process.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';
import { startUpstream, type Upstream } from '#tests/support/upstream.ts';
import { price } from './world.ts';

const tenant = { tenantId: 'acme', incarnation: 'first' };
const question = () => ({ ...tenant, usage: createUsageMeter() });

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream({ dimensions: 64 });
});
afterAll(() => upstream.close());

function create(dimensions = 64, baseUrl = upstream.url) {
  const provider = { id: 'embeddings', baseUrl, apiKey: undefined };
  const model = { ...createUnpricedModel({ id: 'words', kind: 'embedding' }), provider, prices: [price] } as const;
  const { metrics } = createRecordedTelemetry();
  const now = Date.now;
  return createOpenAIEmbedder({ model, dimensions, meterCall: createMeterCall({ metrics, now }), now });
}

test('texts become vectors of length 1, in their order and in batches', async () => {
  const texts = Array.from({ length: 150 }, (_, index) => `word${index}`);
  const vectors = await create().embed(tenant, texts, calm);
  expect(vectors).toHaveLength(150);
  for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  const [again] = await create().embed(tenant, ['word149'], calm);
  expect(vectors[149]).toEqual(again);
});

test('a model of other dimensions than configured is refused', async () => {
  await expect(create(32).embed(tenant, ['text'], calm)).rejects.toMatchObject({ code: 'model_error' });
});

test('every call is metered, with the tokens that the provider counted', async () => {
  const payer = question();
  await create().embed(
    payer,
    Array.from({ length: 65 }, () => 'four'),
    calm,
  );
  const call = { provider: 'embeddings', model: 'words', kind: 'embedding', price_version: 'v1', output_tokens: 0 };
  expect(payer.usage.calls).toMatchObject([
    { ...call, input_tokens: 64, nanodollars: 64_000, estimated: false, outcome: 'success' },
    { ...call, input_tokens: 1, nanodollars: 1_000, estimated: false, outcome: 'success' },
  ]);
});

test('a call that fails costs nothing, and one that is never made is none', async () => {
  const failed = question();
  upstream.failEmbeddings({ kind: 'status', status: 500 });
  await expect(create().embed(failed, ['four'], AbortSignal.timeout(20_000))).rejects.toMatchObject({
    code: 'model_error',
  });
  upstream.failEmbeddings(undefined);
  expect(failed.usage.calls).toMatchObject([{ input_tokens: 0, nanodollars: 0, outcome: 'failed' }]);
  const left = question();
  await expect(create().embed(left, ['four'], AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  expect(left.usage.calls).toEqual([]);
});

test('calls that are made together spend no more than was set aside for them', async () => {
  const payer = question();
  payer.usage.limit = 2_000_000;
  const embedder = create();
  const texts = (index: number) => [`${index} ${'word '.repeat(50)}`];
  const made = await Promise.allSettled(
    Array.from({ length: 100 }, (_, index) => embedder.embed(payer, texts(index), calm)),
  );
  const refused = made.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(100);
  for (const refusal of refused) expect(refusal).toMatchObject({ reason: { code: 'budget_exhausted' } });
  expect(spentBy(payer.usage)).toBeLessThanOrEqual(2_000_000);
});

test('a call that is too late is charged for, by an estimate', async () => {
  const silent = createServer();
  const requested = once(silent, 'request');
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const timer = new AbortController();
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(timer.signal);
  onTestFinished(() => timeout.mockRestore());
  const payer = question();
  const url = `http://127.0.0.1:${v.parse(v.object({ port: v.number() }), silent.address()).port}/v1`;
  const embedding = create(64, url).embed(payer, ['four', '世界'], calm);
  await Promise.race([requested, embedding]);
  timer.abort(new DOMException('late', 'TimeoutError'));
  await expect(embedding).rejects.toMatchObject({ code: 'model_timeout' });
  expect(payer.usage.calls).toMatchObject([
    { input_tokens: 3, nanodollars: 3_000, estimated: true, outcome: 'failed' },
  ]);
});

test('what was paid for before a call failed is not paid for again', async () => {
  const texts = Array.from({ length: 130 }, (_, index) => `word${index}`);
  const real = create();
  let isBroken = true;
  const embedder = createCachedEmbedder({
    ...real,
    async embed(payer, batch, signal) {
      if (isBroken && batch.includes('word128')) throw new ApiError('model_error');
      return real.embed(payer, batch, signal);
    },
  });
  const before = upstream.calls.length;
  await expect(embedder.embed(tenant, texts, calm)).rejects.toMatchObject({ code: 'model_error' });
  isBroken = false;
  expect(await embedder.embed(tenant, texts, calm)).toHaveLength(130);
  expect(upstream.calls.slice(before).map(({ body }) => [body['input']].flat().length)).toEqual([64, 64, 2]);
});

test('a text that was embedded before costs no call, unless it was another tenant’s', async () => {
  const embedder = createCachedEmbedder(create());
  const before = upstream.calls.length;
  const first = await embedder.embed(tenant, ['one', 'two', 'one'], calm);
  expect(first).toHaveLength(3);
  expect(first[0]).toEqual(first[2]);
  expect(await embedder.embed(tenant, ['two', 'one'], calm)).toEqual([first[1], first[0]]);
  expect(upstream.calls.length - before).toBe(1);
  const payer = question();
  await embedder.embed(payer, ['two'], calm);
  expect(payer.usage.calls).toEqual([]);
  await embedder.embed(tenant, ['two', 'three'], calm);
  expect(upstream.calls.at(-1)?.body['input']).toEqual(['three']);
  for (const other of [
    { tenantId: 'beta', incarnation: 'first' },
    { tenantId: 'acme', incarnation: 'second' },
  ]) {
    await embedder.embed(other, ['one'], calm);
    expect(upstream.calls.at(-1)?.body['input']).toEqual(['one']);
  }
  expect(upstream.calls.length - before).toBe(4);
});

test('the passages of a batch are embedded together', async () => {
  const platform = await createTestPlatform({
    EMBEDDINGS_BASE_URL: upstream.url,
    EMBEDDINGS_MODEL: 'words',
    EMBEDDINGS_DIMENSIONS: '64',
  });
  const before = upstream.calls.length;
  const documents = Array.from({ length: 20 }, (_, index) => ({ id: `d${index}`, text: `text number ${index}` }));
  const token = await createToken({ tenant_id: 'together' });
  await platform.call('POST /v1/documents', { token, json: { documents } });
  expect(upstream.calls.length - before).toBe(1);
});

test('a process whose embedding model has other dimensions than configured ends, and says why', async () => {
  const env = { JWT_SECRET: testSecret, EMBEDDINGS_BASE_URL: upstream.url, EMBEDDINGS_MODEL: 'words' };
  const wrong = run('functions/search/main.ts', { ...env, EMBEDDINGS_DIMENSIONS: '32' });
  expect(await wrong.exited).toBe(1);
  expect(wrong.events()).toContainEqual(
    expect.objectContaining({
      event: 'configuration_invalid',
      problems: ['The embedding model gives 64 dimensions, EMBEDDINGS_DIMENSIONS is 32'],
    }),
  );
  await wrong.stop();
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
