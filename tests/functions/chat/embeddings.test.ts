import { expect, test } from 'vitest';
import { createChatWorld, useProviders } from './world.ts';

const use = useProviders();

test('the official client has its vectors as floats, whichever way they travel', async () => {
  const { openai } = await createChatWorld(use);
  const inBase64 = await openai.embeddings.create({ model: 'vectors', input: ['one two', 'three'] });
  const inFloats = await openai.embeddings.create({
    model: 'vectors',
    input: ['one two', 'three'],
    encoding_format: 'float',
  });
  expect(use.upstream.calls.map(({ body }) => body['encoding_format'])).toEqual(['base64', 'float']);
  expect(inBase64.data.map(({ embedding }) => embedding)).toEqual(inFloats.data.map(({ embedding }) => embedding));
  expect(inFloats.data.map(({ index }) => index)).toEqual([0, 1]);
  expect(inFloats.model).toBe('vectors');
  expect(inFloats.usage).toEqual({ prompt_tokens: 4, total_tokens: 4 });
});

test('one text, lists of tokens and a number of dimensions are passed on', async () => {
  const { openai } = await createChatWorld(use);
  const one = await openai.embeddings.create({
    model: 'vectors',
    input: 'one',
    dimensions: 8,
    encoding_format: 'float',
  });
  expect(one.data[0]?.embedding).toHaveLength(8);
  await openai.embeddings.create({ model: 'vectors', input: [1, 2, 3] });
  await openai.embeddings.create({ model: 'vectors', input: [[1, 2], [3]] });
  expect(use.upstream.calls.map(({ body }) => body['input'])).toEqual(['one', [1, 2, 3], [[1, 2], [3]]]);
});

test('they are charged for', async () => {
  const { openai } = await createChatWorld(use);
  const input = 'x'.repeat(400);
  const { response } = await openai.embeddings.create({ model: 'vectors', input }).withResponse();
  expect(response.headers.get('x-genai-cost-dollars')).toBe('0.0002');
});

test('a batch has at most 2,048 inputs', async () => {
  const { openai } = await createChatWorld(use);
  const toInput = (count: number) => Array.from({ length: count }, () => 'x');
  const { data } = await openai.embeddings.create({ model: 'vectors', input: toInput(2_048), dimensions: 2 });
  expect(data).toHaveLength(2_048);
  const tooMany = openai.embeddings.create({ model: 'vectors', input: toInput(2_049) });
  await expect(tooMany).rejects.toMatchObject({ status: 400, param: 'input' });
});

test('a provider that fails is told as one', async () => {
  const { openai } = await createChatWorld(use);
  use.upstream.failEmbeddings({ kind: 'status', status: 500 });
  await expect(openai.embeddings.create({ model: 'vectors', input: 'x' })).rejects.toMatchObject({
    status: 502,
    code: 'model_error',
  });
  use.upstream.failEmbeddings(undefined);
});

test('a field that could name another model is refused by its name', async () => {
  const { call, token } = await createChatWorld(use);
  const response = await call('POST /v1/embeddings', { token, json: { input: 'x', provider: { order: ['dear'] } } });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code: 'invalid_request', param: 'provider' } });
  expect(use.upstream.calls).toHaveLength(0);
});
