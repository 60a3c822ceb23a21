import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { assembleCompletion } from '#lib/gateway/assemble-completion.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { toChunk } from './events.ts';
import { createGateway } from './world.ts';

const request = { messages: [{ role: 'user' as const, content: 'Hello?', tool_calls: undefined }] };
const fresh = { isFresh: false };
const usage = { id: 'c', choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } };

test('a completion is one call in the meter, with what the provider counted', async () => {
  const { completeChat, audited } = createGateway(async function* () {
    yield toChunk({ content: 'Hi' });
    yield toChunk({}, { finish_reason: 'stop' });
    yield usage;
  });
  const scope = createScope('acme');
  const begin = await completeChat(scope, request, fresh);
  await assembleCompletion(begin(calm));
  expect(scope.usage.calls).toEqual([
    expect.objectContaining({
      model: 'one',
      input_tokens: 3,
      output_tokens: 2,
      nanodollars: 7_000,
      estimated: false,
      outcome: 'success',
    }),
  ]);
  expect(audited).toEqual(['model.complete one']);
});

test('one that is left in the middle is one call, of the tokens that were delivered', async () => {
  const { completeChat } = createGateway(async function* (signal) {
    for (;;) {
      yield toChunk({ content: 'word' });
      await wait(1, undefined, { signal });
    }
  });
  const scope = createScope('acme');
  const begin = await completeChat(scope, request, fresh);
  let seen = 0;
  for await (const _event of begin(calm)) {
    seen += 1;
    if (seen === 5) break;
  }
  expect(scope.usage.calls).toEqual([
    expect.objectContaining({ output_tokens: 5, estimated: true, outcome: 'aborted' }),
  ]);
});

test('one that breaks off is one call as well', async () => {
  const { completeChat } = createGateway(async function* () {
    yield toChunk({ content: 'word' });
    throw new Error('broken off');
  });
  const scope = createScope('acme');
  const begin = await completeChat(scope, request, fresh);
  await expect(assembleCompletion(begin(calm))).rejects.toMatchObject({ code: 'model_error' });
  expect(scope.usage.calls).toEqual([expect.objectContaining({ output_tokens: 1, outcome: 'failed' })]);
});

const endless = async function* () {
  for (;;) yield toChunk({ content: 'a' });
};

test('a provider that does not keep to the limit is cut off where a budget depends on it', async () => {
  const { completeChat } = createGateway(endless);
  const scope = createScope('acme');
  scope.usage.limit = 1_000_000;
  const begin = await completeChat(scope, { ...request, max_tokens: 10, n: 2 }, fresh);
  let seen = 0;
  const reading = (async () => {
    for await (const _event of begin(calm)) seen += 1;
  })();
  await expect(reading).rejects.toMatchObject({ code: 'budget_exhausted' });
  expect(seen).toBe(20);
  expect(scope.usage.calls).toHaveLength(1);
});

test('long words are tokens too', async () => {
  const { completeChat } = createGateway(async function* () {
    for (;;) yield toChunk({ content: 'x'.repeat(1_000) });
  });
  const scope = createScope('acme');
  scope.usage.limit = 1_000_000;
  const begin = await completeChat(scope, { ...request, max_tokens: 300 }, fresh);
  await expect(assembleCompletion(begin(calm))).rejects.toMatchObject({ code: 'budget_exhausted' });
});

test('without a budget it may say as much as it likes', async () => {
  const { completeChat } = createGateway(async function* () {
    for (let count = 0; count < 50; count += 1) yield toChunk({ content: 'a' });
    yield toChunk({}, { finish_reason: 'stop' });
  });
  const begin = await completeChat(createScope('acme'), { ...request, max_tokens: 10 }, fresh);
  await expect(assembleCompletion(begin(calm))).resolves.toBeDefined();
});

test('what the provider had in its cache is counted, and not told', async () => {
  const details = { cached_tokens: 2, audio_tokens: 0 };
  const { completeChat } = createGateway(async function* () {
    yield toChunk({ content: 'Hi' }, { finish_reason: 'stop' });
    yield { ...usage, usage: { ...usage.usage, prompt_tokens_details: details } };
  });
  const scope = createScope('acme');
  const begin = await completeChat(scope, request, fresh);
  const events = (await Array.fromAsync(begin(calm))).flat();
  expect(events.at(-1)?.chunk.usage?.prompt_tokens_details).toEqual({ audio_tokens: 0 });
  expect(JSON.stringify(events)).not.toContain('cached_tokens');
  expect(scope.usage.calls).toEqual([expect.objectContaining({ input_tokens: 3, cached_input_tokens: 2 })]);
});

test('it tells once when the answer has begun, and not before', async () => {
  const { completeChat, answering } = createGateway(async function* () {
    yield toChunk({ content: 'a' });
    yield toChunk({ content: 'b' }, { finish_reason: 'stop' });
  });
  const scope = createScope('acme');
  const begin = await completeChat(scope, request, fresh);
  const events = begin(calm);
  expect(answering).toEqual([]);
  await events.next();
  expect(answering).toEqual([scope]);
  await Array.fromAsync(events);
  expect(answering).toEqual([scope]);
});

test('it asks for its permission before it touches anything', async () => {
  const { completeChat, embed, audited } = createGateway(endless);
  const scope = createScope('acme', { role: 'platform_admin' as never });
  await expect(completeChat(scope, request, fresh)).rejects.toMatchObject({ code: 'forbidden' });
  await expect(embed(scope, { input: 'x' }, calm)).rejects.toMatchObject({ code: 'forbidden' });
  expect(audited).toEqual([]);
});
