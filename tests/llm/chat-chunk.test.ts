import fc from 'fast-check';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { ChatChunkSchema, deltaLength, isPlainChunk } from '#lib/llm/chat-chunk.ts';

test('thoughts by any name are part of an answer, a role is none', () => {
  expect(deltaLength({ role: 'assistant', content: '', reasoning: 'hmm', reasoning_content: null })).toBe(3);
  expect(deltaLength({ function_call: { name: 'f', arguments: '{}' }, refusal: 'no' })).toBe(5);
});

test('a usage that can’t be read does not break an answer off', () => {
  expect(v.parse(ChatChunkSchema, { choices: [], usage: { prompt_tokens: null } }).usage).toBeUndefined();
});

const missing = [undefined, null];
const words = fc.oneof(
  { weight: 4, arbitrary: fc.string() },
  { weight: 1, arbitrary: fc.constantFrom(...missing, 1, {}) },
);
const call = fc.record({ name: words, arguments: words }, { requiredKeys: [] });
const delta = fc.record(
  {
    role: words,
    content: words,
    reasoning: words,
    tool_calls: fc.constantFrom(...missing, [], [{ index: 0, function: { name: 'find' } }], [1], 'none'),
    function_call: fc.oneof(call, fc.constantFrom(...missing)),
  },
  { requiredKeys: [] },
);
const choice = fc.record(
  {
    index: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 3 }) }, fc.constantFrom(-1, 0.5, 128, '0', null)),
    delta: fc.oneof({ weight: 4, arbitrary: delta }, fc.constantFrom(...missing, 'words', 1)),
    finish_reason: fc.constantFrom(...missing, 'stop', 'error', 0),
    logprobs: fc.anything(),
  },
  { requiredKeys: ['index'] },
);
const usage = fc.constantFrom(...missing, {}, { prompt_tokens: 1 }, { prompt_tokens: null });
const chunk = fc.record(
  {
    id: words,
    model: words,
    choices: fc.oneof(
      { weight: 4, arbitrary: fc.array(choice, { maxLength: 3 }) },
      fc.constantFrom(...missing, {}, 'no'),
    ),
    usage,
    error: fc.constantFrom(undefined, null, 'broken', { code: 500 }),
  },
  { requiredKeys: ['choices'] },
);

test('a plain chunk is one that comes out of the schema as it is, and holds no error', () => {
  let plain = 0;
  fc.assert(
    fc.property(fc.oneof(chunk, fc.anything()), (body) => {
      if (!isPlainChunk(body)) return;
      plain += 1;
      expect(v.parse(ChatChunkSchema, body)).toEqual(body);
      expect(body.error ?? undefined).toBeUndefined();
      expect(body.usage ?? undefined).toBeUndefined();
    }),
    { numRuns: 5_000 },
  );
  expect(plain).toBeGreaterThan(100);
});

test('chunks with words alone are plain', () => {
  const event = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', usage: null };
  const choices = [{ index: 0, delta: { role: 'assistant', content: 'so' }, logprobs: null, finish_reason: null }];
  expect(isPlainChunk({ ...event, choices })).toBe(true);
  expect(isPlainChunk({ ...event, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })).toBe(true);
  expect(isPlainChunk({ ...event, choices: [], usage: { prompt_tokens: 1 } })).toBe(false);
  expect(isPlainChunk({ ...event, choices: [{ index: 0, delta: { tool_calls: [{ index: 0 }] } }] })).toBe(false);
});
