import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assembleCompletion } from '#lib/gateway/assemble-completion.ts';
import type { GuardrailPolicy } from '#lib/guardrails/policy.ts';
import type { ChatChunkBody } from '#lib/llm/chat-chunk.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { toChunk } from './events.ts';
import { createGateway } from './world.ts';

const request = { messages: [{ role: 'user' as const, content: 'Hello?', tool_calls: undefined }] };
const blockOutput: GuardrailPolicy = {
  blocked_patterns: [{ name: 'code-name', pattern: 'blue ?moon', applies_to: 'output' }],
  retrieved_instructions: 'label',
};

/** The choices as they are put together from what was shown. */
async function choicesOf(chunks: readonly ChatChunkBody[], n = 1): Promise<unknown> {
  const { completeChat } = createGateway(async function* () {
    yield* chunks;
  });
  const scope = createScope('acme', { guardrails: blockOutput });
  const begin = await completeChat(scope, { ...request, n }, { isFresh: false });
  const { body } = await assembleCompletion(begin(calm));
  expect(scope.usage.calls).toHaveLength(1);
  return body['choices'];
}

const toChunks = (text: string, cuts: readonly number[]): ChatChunkBody[] => {
  const places = [0, ...cuts.filter((cut) => cut < text.length).toSorted((a, b) => a - b), text.length];
  const pieces = places.slice(1).map((end, index) => toChunk({ content: text.slice(places[index], end) }));
  return [...pieces, toChunk({}, { finish_reason: 'stop' })];
};

test('what the policy blocks is cut off before it, however the answer is cut into chunks', async () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(cuts, async (places) => {
      const choices = await choicesOf(toChunks('They call it the blue moon, which nobody knows.', places));
      expect(choices).toMatchObject([
        { message: { content: 'They call it the ' }, finish_reason: 'content_filter', logprobs: null },
      ]);
    }),
    { numRuns: 50 },
  );
});

test('an answer that the policy lets through is whole', async () => {
  const choices = await choicesOf(toChunks('They call it the blue sky.', [3, 17, 20]));
  expect(choices).toMatchObject([{ message: { content: 'They call it the blue sky.' }, finish_reason: 'stop' }]);
});

test('each choice and each call of a tool is looked at by itself', async () => {
  const call = (pieces: string) => toChunk({ tool_calls: [{ index: 0, function: { name: 'f', arguments: pieces } }] });
  const end = toChunk({}, { finish_reason: 'tool_calls' });
  const choices = await choicesOf(
    [
      toChunk({ content: 'the blue ' }, { index: 0 }),
      toChunk({ content: 'sky, blue ' }, { index: 1 }),
      toChunk({ content: 'moon' }, { index: 1 }),
      toChunk({ content: 'sky' }, { index: 0 }),
      toChunk({}, { index: 0, finish_reason: 'stop' }),
      toChunk({}, { index: 1, finish_reason: 'stop' }),
    ],
    2,
  );
  expect(choices).toMatchObject([
    { message: { content: 'the blue sky' }, finish_reason: 'stop' },
    { message: { content: 'sky, ' }, finish_reason: 'content_filter' },
  ]);
  expect(await choicesOf([call('{"x":"blue '), call('moon"}'), end])).toMatchObject([
    { finish_reason: 'content_filter' },
  ]);
  expect(await choicesOf([call('{"x":"blue '), call('sky"}'), end])).toMatchObject([
    { message: { tool_calls: [{ function: { name: 'f', arguments: '{"x":"blue sky"}' } }] } },
  ]);
});

test('what goes in is checked and redacted before it leaves', async () => {
  const scope = createScope('acme', {
    guardrails: {
      redact: ['email'],
      blocked_patterns: [{ name: 'no-weather', pattern: 'weather', applies_to: 'input' }],
      retrieved_instructions: 'label',
    },
  });
  const { completeChat, audited } = createGateway(async function* () {
    yield toChunk({ content: 'Hi' }, { finish_reason: 'stop' });
  });
  const ask = (content: string) =>
    completeChat(scope, { messages: [{ role: 'user', content, tool_calls: undefined }] }, { isFresh: false });
  await expect(ask('The weather?')).rejects.toMatchObject({ errors: [{ path: 'messages.0.content' }] });
  expect(audited).toEqual(['guardrail.blocked_input no-weather']);
  await assembleCompletion((await ask('I am ann@acme.test'))(calm));
  expect(audited.slice(1)).toEqual(['guardrail.redacted email', 'model.complete one']);
});
