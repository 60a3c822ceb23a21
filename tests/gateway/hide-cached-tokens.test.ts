import * as v from 'valibot';
import { expect, test } from 'vitest';
import { hideCachedTokens } from '#lib/gateway/hide-cached-tokens.ts';
import { ChatChunkSchema } from '#lib/llm/chat-chunk.ts';

const show = (body: object) => {
  const data = JSON.stringify(body);
  const [shown] = hideCachedTokens([{ data, chunk: v.parse(ChatChunkSchema, body), model: 'one' }]);
  return shown ?? expect.fail('the event is gone');
};
const said = { choices: [{ index: 0, delta: { content: '"usage": {"cached_tokens": 1}' }, finish_reason: null }] };
const counted = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 };

test.each([
  ['by its usual name', { usage: { ...counted, prompt_tokens_details: { cached_tokens: 4 } } }],
  ['by other names', { usage: { ...counted, prompt_cache_hit_tokens: 4, cached_tokens: 4 } }],
  ['in a usage that cannot be read', { usage: { ...counted, completion_tokens: 'two', cached_tokens: 4 } }],
  ['of a choice', { choices: [{ index: 0, delta: { content: 'Hi' }, usage: { ...counted, cached_tokens: 4 } }] }],
  ['among fields of its own', { x_provider: { id: 'a', usage: { ...counted, cached_tokens: 4 } } }],
])('a provider that tells of its cache %s does so to the platform alone', (_name, rest) => {
  const { data, chunk } = show({ id: 'chunk', choices: [], ...rest });
  expect(JSON.parse(data)).toEqual(JSON.parse(JSON.stringify(chunk)));
  expect(data).not.toMatch(/cache/);
  expect(data).not.toContain('4');
  expect(chunk.id).toBe('chunk');
});

test('what OpenAI tells of tokens is shown', () => {
  const details = { completion_tokens_details: { reasoning_tokens: 1 }, prompt_tokens_details: { audio_tokens: 3 } };
  const usage = { ...counted, ...details };
  const shown = show({ choices: [], usage });
  expect(shown.chunk.usage).toEqual(usage);
  expect(JSON.parse(shown.data).usage).toEqual(usage);
});

test('a chunk without usage is left as it was written, whatever it says', () => {
  for (const body of [said, { ...said, usage: null }]) expect(show(body).data).toBe(JSON.stringify(body));
});
