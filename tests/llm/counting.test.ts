import * as v from 'valibot';
import { expect, test } from 'vitest';
import { toChatAttempt } from '#lib/llm/chat-attempt.ts';
import { ChatChunkSchema } from '#lib/llm/chat-chunk.ts';
import type { ModelTarget } from '#lib/llm/model-router.ts';
import type { OpenAIClient } from '#lib/llm/openai-client.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { createCaller, createRun, createTarget, prompt, useProviders, type Run } from './world.ts';

const providers = useProviders();
const run = createRun(providers);
const say = (content: string) => [{ role: 'user', content }];

/** A provider that says what it is told to. */
const speaking = (chunks: object[]) => {
  const client: OpenAIClient = {
    async *streamChat() {
      for (const chunk of chunks)
        yield [{ data: JSON.stringify(chunk), chunk: v.parse(ChatChunkSchema, chunk), model: 'first' }];
    },
    createEmbeddings: async () => expect.fail('no embeddings were expected'),
  };
  return createRun({ upstream: providers.upstream, other: providers.other, client });
};

const word = (content: string, rest: object = {}) => ({ choices: [{ index: 0, delta: { content } }], ...rest });
const told = (completion_tokens: number) => ({ usage: { prompt_tokens: 50, completion_tokens } });

/** Leaves once it has been given so many parts. */
async function leaveAfter({ parts, scope }: Run, count: number) {
  let seen = 0;
  for await (const _part of parts) {
    seen += 1;
    if (seen === count) break;
  }
  return scope.usage.calls;
}

test('whoever leaves between the end and what the provider counted pays for each chunk, and for each character of its own', async () => {
  providers.upstream.reply({ chunks: Array.from({ length: 1_000 }, () => 'a'), usage: 'counted' });
  const { parts, scope } = run({ body: { messages: say('世'.repeat(2_000)) } });
  for await (const { part } of parts) if (part.chunk.choices?.[0]?.finish_reason) break;
  expect(scope.usage.calls).toMatchObject([
    { input_tokens: 2_000, output_tokens: 1_000, outcome: 'aborted', estimated: true },
  ]);
});

test('an answer beyond ASCII has a token for each of its characters', async () => {
  providers.upstream.reply({ chunks: ['世界世界世界', 'four'] });
  const { parts, scope } = run();
  await Array.fromAsync(parts);
  expect(scope.usage.calls).toMatchObject([{ output_tokens: 7, estimated: true }]);
});

test('what the provider counted before it wrote is less than what whoever leaves pays for', async () => {
  const words = Array.from({ length: 900 }, () => word('word'));
  const calls = await leaveAfter(speaking([word('', told(1)), ...words])(), 901);
  expect(calls).toMatchObject([{ input_tokens: 50, output_tokens: 900, estimated: true, outcome: 'aborted' }]);
});

test('what the provider counted more than is seen here is paid for', async () => {
  const calls = await leaveAfter(speaking([word('word', told(70)), word('word')])(), 2);
  expect(calls).toMatchObject([{ output_tokens: 70, estimated: true, outcome: 'aborted' }]);
});

test('what the provider counted last is what a whole answer costs, and nothing that it counted before', async () => {
  const early = speaking([word('four', told(1)), word('more'), word('text')])();
  await Array.fromAsync(early.parts);
  expect(early.scope.usage.calls).toMatchObject([{ output_tokens: 3, estimated: true, outcome: 'success' }]);
  const running = speaking([word('a long word', told(1)), word('another long word', told(2))])();
  await Array.fromAsync(running.parts);
  expect(running.scope.usage.calls).toMatchObject([
    { input_tokens: 50, output_tokens: 2, estimated: false, outcome: 'success' },
  ]);
});

test.each([
  [
    'arguments of tools',
    { messages: [{ role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: 'x'.repeat(400_000) } }] }] },
    100_000,
  ],
  [
    'the form of the answer',
    { ...prompt, response_format: { type: 'json_schema', json_schema: 'x'.repeat(100_000) } },
    25_000,
  ],
  ['tools', { ...prompt, tools: [{ type: 'function', function: { name: 'x'.repeat(40_000) } }] }, 10_000],
  ['names', { messages: [{ ...say('x')[0], name: 'x'.repeat(4_000) }] }, 1_000],
])('%s are part of the prompt', async (_name, body, tokens) => {
  providers.upstream.reply({ chunks: Array.from({ length: 100 }, () => 'word'), delay: 5 });
  const [call] = await leaveAfter(run({ body }), 2);
  expect(call?.input_tokens).toBeGreaterThanOrEqual(tokens);
  expect(call?.input_tokens).toBeLessThan(tokens * 1.01 + 50);
});

test('an image counts as one and sound not at all, whatever their data weighs', async () => {
  const data = 'A'.repeat(100_000);
  const content = [
    { type: 'text', text: 'What is this?' },
    { type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } },
    { type: 'input_audio', input_audio: { data, format: 'wav' } },
  ];
  providers.upstream.reply({ chunks: ['a', 'cat'], delay: 5 });
  const calls = await leaveAfter(run({ body: { messages: [{ role: 'user', content }] } }), 2);
  expect(calls).toMatchObject([{ input_tokens: 4 + 2_000 }]);
});

test('a call is counted once, however often it is left after its end', async () => {
  const { callModels } = createCaller();
  const ask = () => {
    const scope = createScope('acme');
    const targets: [ModelTarget] = [createTarget('first', providers.upstream)];
    return { scope, answer: callModels(scope, targets, toChatAttempt(providers.client, prompt), calm) };
  };
  providers.upstream.reply({ chunks: ['a'] });
  const whole = ask();
  await Array.fromAsync(whole.answer);
  await whole.answer.return(undefined);
  expect(whole.scope.usage.calls).toMatchObject([{ outcome: 'success' }]);
  const left = ask();
  await left.answer.next();
  await left.answer.return(undefined);
  await left.answer.return(undefined);
  expect(left.scope.usage.calls).toMatchObject([{ outcome: 'aborted' }]);
  providers.upstream.reply({ chunks: ['a', 'b'], fault: { kind: 'error', after: 1 } });
  const broken = ask();
  await expect(Array.fromAsync(broken.answer)).rejects.toMatchObject({ code: 'model_error' });
  await broken.answer.return(undefined);
  expect(broken.scope.usage.calls).toMatchObject([{ outcome: 'failed' }]);
});
