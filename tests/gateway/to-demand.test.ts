import { expect, test } from 'vitest';
import { selectChatModels } from '#lib/gateway/select-chat-models.ts';
import { createToDemand } from '#lib/gateway/to-demand.ts';
import { createModelRouter } from '#lib/llm/model-router.ts';
import { createScope } from '#tests/support/scope.ts';
import { toModel } from './world.ts';

const models = [
  toModel('cheap', { fallbacks: ['dear'] }),
  toModel('dear', {
    prices: [{ version: 'v1', from: 0, input: 10_000_000, cachedInput: 10_000_000, output: 20_000_000 }],
  }),
  toModel('vectors', { kind: 'embedding', contextTokens: 100 }),
];
const [defaultModel = expect.fail()] = models;
const router = createModelRouter({
  catalogue: {
    models: new Map(models.map((model) => [model.id, model])),
    defaultModel,
    defaultEmbedding: models[2],
  },
  findProviderKey: async () => undefined,
});
const toDemand = createToDemand({
  router,
  toAnswerDemand: () => expect.fail('no question was expected'),
  now: () => 1_000,
});
const scope = createScope('acme');
const say = (content: string) => ({ messages: [{ role: 'user' as const, content, tool_calls: undefined }] });

test('a chat may come to what its dearest candidate asks for a token a byte, twice, and for the longest answer', () => {
  const { nanodollars, model } = toDemand.chat(scope, { ...say('x'.repeat(1_000)), max_tokens: 10, n: 2 });
  expect(model).toMatchObject({ model: 'cheap', price_version: 'v1' });
  expect(nanodollars).toBeGreaterThanOrEqual(2 * 1_000 * 10_000 + 2 * 10 * 20_000);
  expect(nanodollars).toBeLessThan(2 * 1_200 * 10_000 + 2 * 10 * 20_000);
});

test('without a limit of its own it is the longest answer that the model gives', () => {
  const short = toDemand.chat(scope, { ...say('x'), max_tokens: 1 });
  const long = toDemand.chat(scope, say('x'));
  expect(long.tokens - short.tokens).toBe(999);
  expect(long.nanodollars - short.nanodollars).toBeGreaterThan(999 * 19_000);
});

test('an image counts as one, whatever its data weighs', () => {
  const url = `data:image/png;base64,${'A'.repeat(100_000)}`;
  const withImage = {
    messages: [
      { role: 'user' as const, tool_calls: undefined, content: [{ type: 'image_url' as const, image_url: { url } }] },
    ],
    max_tokens: 1,
  };
  expect(toDemand.chat(scope, withImage).tokens).toBeLessThan(200);
});

test.each([
  { type: 'file' as const, file: { file_data: 'data:application/pdf;base64,AAAA' } },
  { type: 'input_audio' as const, input_audio: { data: 'AAAA', format: 'wav' } },
])('what is attached may be all that the model takes: $type', (part) => {
  const messages = [{ role: 'user' as const, tool_calls: undefined, content: [part] }];
  const { nanodollars, tokens } = toDemand.chat(scope, { messages, max_tokens: 1 });
  expect(tokens).toBe(10_001);
  expect(nanodollars).toBeGreaterThanOrEqual(10_000 * 10_000);
});

test('a prediction is part of the prompt', () => {
  const prediction = { type: 'content' as const, content: 'x'.repeat(1_000) };
  const added =
    toDemand.chat(scope, { ...say('x'), prediction }).nanodollars - toDemand.chat(scope, say('x')).nanodollars;
  expect(added).toBeGreaterThanOrEqual(1_000 * 10_000);
});

test('a request is measured once', () => {
  let written = 0;
  const toJSON = () => void (written += 1);
  const request = { ...say('x'), tools: [{ type: 'function' as const, function: { name: 'f', toJSON } }] };
  toDemand.chat(scope, request);
  selectChatModels(router, scope, request);
  expect(written).toBe(1);
});

test('each text of a batch of embeddings has the whole context for itself', () => {
  const input = Array.from({ length: 100 }, () => 'x'.repeat(100));
  const { nanodollars } = toDemand.embeddings(scope, { input });
  expect(nanodollars).toBeGreaterThanOrEqual(100 * 100 * 1_000);
});

test('whoever may not call it is told so before anything is reserved', () => {
  const nobody = createScope('acme', { role: 'platform_admin' as never });
  expect(() => toDemand.chat(nobody, say('x'))).toThrow(expect.objectContaining({ code: 'forbidden' }));
  expect(() => toDemand.embeddings(nobody, { input: 'x' })).toThrow(expect.objectContaining({ code: 'forbidden' }));
});
