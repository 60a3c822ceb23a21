import { expect, test } from 'vitest';
import { extractiveModel } from '#lib/answers/extractive-model.ts';
import { toLanguageModelAttempt, type AnswerPart, type LanguageModelCall } from '#lib/llm/language-model-attempt.ts';
import { createLoadLanguageModel } from '#lib/llm/load-language-model.ts';
import type { ModelTarget } from '#lib/llm/model-router.ts';
import { createUnpricedModel } from '#lib/llm/unpriced-model.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { createCaller, createTarget, partByPart, useProviders } from './world.ts';

const providers = useProviders();
const call: LanguageModelCall = {
  prompt: [
    { role: 'system', content: 'Rules!!!' },
    { role: 'user', content: [{ type: 'text', text: 'Hello?' }] },
  ],
  maxOutputTokens: 50,
  temperature: 0.5,
  providerOptions: { extractive: { question: 'How tall is it?', sources: [{ n: 1, text: 'It is 96 metres tall.' }] } },
};

function run(target: ModelTarget, { firstToken = 15_000, signal = calm } = {}) {
  const { callModels } = createCaller({ firstToken });
  const scope = createScope('acme');
  const attempt = toLanguageModelAttempt(createLoadLanguageModel(extractiveModel), call);
  return { scope, parts: partByPart(callModels(scope, [target], attempt, signal)) };
}
const collect = async (parts: AsyncGenerator<{ part: AnswerPart }>) =>
  (await Array.fromAsync(parts)).map(({ part }) => part);
const textOf = (parts: AnswerPart[]) => parts.map((part) => (part.type === 'delta' ? part.text : '')).join('');

test('text comes as it is written, then the finish', async () => {
  providers.upstream.reply({ chunks: ['Hel', 'lo ', '世界 😀'], usage: { input: 11, output: 7, cached: 2 } });
  const { parts, scope } = run(createTarget('first', providers.upstream));
  const all = await collect(parts);
  expect(textOf(all)).toBe('Hello 世界 😀');
  expect(all.at(-1)).toMatchObject({ type: 'finish', reason: 'stop' });
  expect(scope.usage.calls).toMatchObject([
    { input_tokens: 11, cached_input_tokens: 2, output_tokens: 7, estimated: false, outcome: 'success' },
  ]);
  expect(providers.upstream.calls[0]).toMatchObject({
    headers: { authorization: 'Bearer key-of-the-platform' },
    body: { model: 'upstream-first', stream: true, temperature: 0.5, max_tokens: 50 },
  });
});

test('a model is asked for no more than it can write', async () => {
  const target = createTarget('first', providers.upstream);
  providers.upstream.reply({ chunks: ['a'] });
  await collect(run({ ...target, model: { ...target.model, maxOutputTokens: 20 } }).parts);
  expect(providers.upstream.calls[0]?.body).toMatchObject({ max_tokens: 20 });
});

test('a finish for length is passed on; what is not counted is counted here', async () => {
  providers.upstream.reply({ chunks: ['four'], finishReason: 'length' });
  const { parts, scope } = run(createTarget('first', providers.upstream));
  expect((await collect(parts)).at(-1)).toMatchObject({ type: 'finish', reason: 'length' });
  expect(scope.usage.calls).toMatchObject([{ input_tokens: 4, output_tokens: 1, estimated: true }]);
});

test.each([
  ['status', { kind: 'status', status: 503 }],
  ['error-payload', { kind: 'error-payload' }],
  ['cut', { kind: 'cut', after: 0 }],
] as const)('a failure before the first word (%s) is hidden', async (_name, fault) => {
  providers.upstream.reply({ chunks: ['lost'], fault }, { chunks: ['fine'] });
  expect(textOf(await collect(run(createTarget('first', providers.upstream)).parts))).toBe('fine');
});

test.each([
  ['cut', { kind: 'cut', after: 2 }],
  ['truncate', { kind: 'truncate', after: 2 }],
  ['garbage', { kind: 'garbage', after: 2 }],
  ['error', { kind: 'error', after: 2 }],
] as const)('a stream that breaks off (%s) has no finish, and is not tried again', async (_name, fault) => {
  providers.upstream.reply({ chunks: ['a', 'b', 'c'], fault, delay: 5 });
  const seen: AnswerPart[] = [];
  const reading = (async () => {
    for await (const { part } of run(createTarget('first', providers.upstream)).parts) seen.push(part);
  })();
  await expect(reading).rejects.toMatchObject({ code: 'model_error' });
  expect(textOf(seen)).toMatch(/^a/);
  expect(seen.every(({ type }) => type === 'delta')).toBe(true);
  expect(providers.upstream.calls).toHaveLength(1);
});

test('a model that is silent for too long is closed', async () => {
  providers.upstream.reply({ chunks: [], fault: { kind: 'silence' } });
  const { parts } = run(createTarget('first', providers.upstream), { firstToken: 80 });
  await expect(collect(parts)).rejects.toMatchObject({ code: 'model_timeout' });
  await providers.upstream.calls[0]?.aborted;
});

test('whoever leaves closes the call', async () => {
  providers.upstream.reply({ chunks: Array.from({ length: 500 }, () => 'x'), delay: 10 });
  const left = new AbortController();
  const { parts } = run(createTarget('first', providers.upstream), { signal: left.signal });
  const reading = (async () => {
    for await (const _part of parts) left.abort(new Error('gone'));
  })();
  await expect(reading).rejects.toThrow('gone');
  await providers.upstream.calls[0]?.aborted;
});

test('the built-in model answers without a provider, for nothing', async () => {
  const model = createUnpricedModel({ id: 'extractive', kind: 'chat' });
  const { parts, scope } = run({ model, apiKey: undefined, isOwnKey: false });
  expect(textOf(await collect(parts))).toBe('It is 96 metres tall. [1]');
  expect(scope.usage.calls).toMatchObject([
    { provider: 'built-in', model: 'extractive', nanodollars: 0, estimated: true, outcome: 'success' },
  ]);
});
