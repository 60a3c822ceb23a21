import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { expect, test, vi } from 'vitest';
import { extractiveModel } from '#lib/answers/extractive-model.ts';
import { ChatChunkSchema } from '#lib/llm/chat-chunk.ts';
import { toLanguageModelAttempt } from '#lib/llm/language-model-attempt.ts';
import { createLoadLanguageModel } from '#lib/llm/load-language-model.ts';
import type { ModelTarget } from '#lib/llm/model-router.ts';
import type { OpenAIClient } from '#lib/llm/openai-client.ts';
import { createUnpricedModel } from '#lib/llm/unpriced-model.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { createCaller, createRun, createTarget, useProviders, type Run } from './world.ts';

const providers = useProviders();
const words = (count: number) => ({ chunks: Array.from({ length: count }, () => 'word'), delay: 1 });
const exhausted = { code: 'budget_exhausted' };

function ask(target: ModelTarget, maxOutputTokens: number) {
  const { callModels } = createCaller();
  const scope = createScope('acme');
  const attempt = toLanguageModelAttempt(createLoadLanguageModel(extractiveModel), {
    prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hello?' }] }],
    maxOutputTokens,
    providerOptions: {
      extractive: { question: 'How tall is it?', sources: [{ n: 1, text: 'It is 96 metres tall.' }] },
    },
  });
  return { scope, parts: callModels(scope, [target], attempt, calm) };
}

async function countUntilRefused({ parts }: { parts: AsyncIterable<unknown> }): Promise<number> {
  let seen = 0;
  const reading = (async () => {
    for await (const _part of parts) seen += 1;
  })();
  await expect(reading).rejects.toMatchObject(exhausted);
  return seen;
}

test('an answer from sources that is longer than it may be is broken off where a budget is hard, and is paid for', async () => {
  providers.upstream.reply(words(1_000));
  const asked = ask(createTarget('first', providers.upstream), 20);
  asked.scope.usage.limit = 1_000_000;
  expect(await countUntilRefused(asked)).toBe(20);
  await providers.upstream.calls[0]?.aborted;
  expect(asked.scope.usage.calls).toMatchObject([{ output_tokens: 21, outcome: 'failed', estimated: true }]);
});

test('where nothing bounds what is spent, an answer comes whole', async () => {
  providers.upstream.reply(words(100));
  await expect(Array.fromAsync(ask(createTarget('first', providers.upstream), 20).parts)).resolves.toHaveLength(101);
});

test('the limit of a chat is that of the model that answers, for each choice', async () => {
  const small = (choices: number): Run => {
    const target = createTarget('first', providers.upstream);
    const started = createRun(providers)({
      targets: [{ ...target, model: { ...target.model, maxOutputTokens: 10 } }],
      body: { messages: [{ role: 'user', content: 'Hello?' }], n: choices },
    });
    started.scope.usage.limit = 1_000_000;
    return started;
  };
  providers.upstream.reply(words(15));
  await countUntilRefused(small(1));
  await expect(Array.fromAsync(small(2).parts)).rejects.toMatchObject(exhausted);
  providers.upstream.reply(words(10));
  await expect(Array.fromAsync(small(2).parts)).resolves.not.toHaveLength(0);
});

test('of parts that come together those up to the limit are shown', async () => {
  const said: object[] = Array.from({ length: 8 }, (_, index) => ({
    choices: [{ index: 0, delta: { content: `${index}` } }],
  }));
  const chunks = said.map((chunk) => ({
    data: JSON.stringify(chunk),
    chunk: v.parse(ChatChunkSchema, chunk),
    model: 'first',
  }));
  const closed = vi.fn();
  const client: OpenAIClient = {
    async *streamChat(_target, _body, signal) {
      signal.addEventListener('abort', closed);
      yield chunks;
      // And then no more, for longer than anybody wants to wait.
      await wait(60_000, undefined, { signal });
    },
    createEmbeddings: async () => expect.fail('no embeddings were expected'),
  };
  const target = createTarget('first', providers.upstream);
  const { parts, scope } = createRun({ ...providers, client })({
    targets: [{ ...target, model: { ...target.model, maxOutputTokens: 5 } }],
  });
  scope.usage.limit = 1_000_000;
  expect(await countUntilRefused({ parts })).toBe(5);
  expect(closed).toHaveBeenCalled();
  expect(scope.usage.calls).toMatchObject([{ output_tokens: 6, outcome: 'failed', estimated: true }]);
});

test('a first part that is too long already is neither tried again nor taken elsewhere', async () => {
  providers.upstream.reply({ chunks: ['x'.repeat(1_000)] });
  const targets = [createTarget('first', providers.upstream), createTarget('second', providers.other)] satisfies [
    ModelTarget,
    ModelTarget,
  ];
  targets[0].model.maxOutputTokens = 10;
  const { parts, scope } = createRun(providers)({ targets });
  scope.usage.limit = 1_000_000;
  expect(await countUntilRefused({ parts })).toBe(0);
  expect(providers.upstream.calls).toHaveLength(1);
  expect(providers.other.calls).toHaveLength(0);
  expect(scope.usage.calls).toMatchObject([{ output_tokens: 250 }]);
});

test('the built-in model, which costs nothing, is not held to it', async () => {
  const model = createUnpricedModel({ id: 'extractive', kind: 'chat' });
  const asked = ask({ model, apiKey: undefined, isOwnKey: false }, 1);
  asked.scope.usage.limit = 0;
  await expect(Array.fromAsync(asked.parts)).resolves.not.toHaveLength(0);
});
