import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createOpenAIModel } from '#lib/llm/model-openai.ts';
import {
  createStreamModel,
  defaultStreamLimits,
  type ModelCall,
  type ModelPart,
  type StreamLimits,
} from '#lib/llm/stream-model.ts';
import { calm } from '#tests/support/scope.ts';
import { startUpstream, type Upstream } from '#tests/support/upstream.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
beforeEach(() => void upstream.calls.splice(0));
afterAll(() => upstream.close());

const call: ModelCall = {
  prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hello?' }] }],
  maxOutputTokens: 50,
  temperature: 0.5,
};

function run(limits: Partial<StreamLimits> = {}, signal = calm): AsyncGenerator<ModelPart> {
  const model = createOpenAIModel({ baseUrl: upstream.url, apiKey: 'key-of-the-provider', model: 'simulated' });
  return createStreamModel({ ...defaultStreamLimits, ...limits })(model, call, signal);
}
const collect = (parts: AsyncGenerator<ModelPart>) => Array.fromAsync(parts);
const textOf = (parts: ModelPart[]) => parts.map((part) => (part.type === 'delta' ? part.text : '')).join('');

test('text comes as it is written, then the finish with the usage the provider counted', async () => {
  upstream.reply({ chunks: ['Hel', 'lo ', '世界 😀'], usage: { input: 11, output: 7 } });
  const parts = await collect(run());
  expect(textOf(parts)).toBe('Hello 世界 😀');
  expect(parts.at(-1)).toMatchObject({
    type: 'finish',
    reason: 'stop',
    usage: { inputTokens: { total: 11 }, outputTokens: { total: 7 } },
  });
  expect(upstream.calls).toHaveLength(1);
  expect(upstream.calls[0]).toMatchObject({
    path: '/v1/chat/completions',
    headers: { authorization: 'Bearer key-of-the-provider' },
    body: { model: 'simulated', stream: true, temperature: 0.5 },
  });
});

test('a finish for length is passed on, a missing usage is left open', async () => {
  upstream.reply({ chunks: ['Hel'], finishReason: 'length' });
  const parts = await collect(run());
  expect(parts.at(-1)).toMatchObject({
    type: 'finish',
    reason: 'length',
    usage: { outputTokens: { total: undefined } },
  });
});

test.each([500, 502, 503, 529])('a %i before the first word is tried once more', async (status) => {
  upstream.reply({ chunks: [], fault: { kind: 'status', status } }, { chunks: ['fine'] });
  expect(textOf(await collect(run()))).toBe('fine');
  expect(upstream.calls).toHaveLength(2);
});

test('a 500 twice is a model_error that repeats nothing of the provider', async () => {
  upstream.reply({ chunks: [], fault: { kind: 'status', status: 500 } });
  await expect(collect(run())).rejects.toMatchObject({ code: 'model_error', message: 'The model failed' });
  expect(upstream.calls).toHaveLength(2);
});

test('a 400 is not tried again', async () => {
  upstream.reply({ chunks: [], fault: { kind: 'status', status: 400 } });
  await expect(collect(run())).rejects.toMatchObject({ code: 'model_error' });
  expect(upstream.calls).toHaveLength(1);
});

test('a 429 whose wait is too long becomes model_overloaded with that wait', async () => {
  upstream.reply({ chunks: [], fault: { kind: 'status', status: 429, retryAfter: '7' } });
  await expect(collect(run())).rejects.toMatchObject({ code: 'model_overloaded', retryAfter: 7 });
  expect(upstream.calls).toHaveLength(1);
});

test('a 429 with a date as Retry-After is understood', async () => {
  upstream.reply({
    chunks: [],
    fault: { kind: 'status', status: 429, retryAfter: new Date(Date.now() + 60_000).toUTCString() },
  });
  const error = await collect(run()).catch((thrown: { retryAfter?: number }) => thrown);
  expect(error).toMatchObject({ code: 'model_overloaded' });
  expect('retryAfter' in error && error.retryAfter).toBeGreaterThan(50);
});

test('an error inside a 200 counts as a failure before the first word', async () => {
  upstream.reply({ chunks: [], fault: { kind: 'error-payload' } }, { chunks: ['fine'] });
  expect(textOf(await collect(run()))).toBe('fine');
});

test.each(['silence', 'comments'] as const)('%s ends with model_timeout, and the call is closed', async (kind) => {
  upstream.reply({ chunks: [], fault: { kind } });
  await expect(collect(run({ firstToken: 80 }))).rejects.toMatchObject({ code: 'model_timeout' });
  await upstream.calls[0]?.aborted;
});

test('a stream that stalls ends with model_timeout after its words', async () => {
  upstream.reply({ chunks: ['a', 'b', 'c'], fault: { kind: 'stall', after: 2 } });
  const seen: string[] = [];
  const reading = (async () => {
    for await (const part of run({ betweenTokens: 80 })) if (part.type === 'delta') seen.push(part.text);
  })();
  await expect(reading).rejects.toMatchObject({ code: 'model_timeout' });
  expect(seen).toEqual(['a', 'b']);
  await upstream.calls[0]?.aborted;
});

test('the total time is bounded however steadily words come', async () => {
  upstream.reply({ chunks: Array.from({ length: 500 }, () => 'x'), delay: 10 });
  await expect(collect(run({ total: 150 }))).rejects.toMatchObject({ code: 'model_timeout' });
  await upstream.calls[0]?.aborted;
});

test.each([
  ['cut', { kind: 'cut', after: 2 }],
  ['truncate', { kind: 'truncate', after: 2 }],
  ['garbage', { kind: 'garbage', after: 2 }],
] as const)('a stream that is broken off (%s) is a model_error, and is not tried again', async (_name, fault) => {
  upstream.reply({ chunks: ['a', 'b', 'c'], fault, delay: 5 });
  const seen: string[] = [];
  const reading = (async () => {
    for await (const part of run()) {
      if (part.type === 'delta') seen.push(part.text);
      else expect.fail('A broken stream has no finish');
    }
  })();
  await expect(reading).rejects.toMatchObject({ code: 'model_error' });
  expect(seen[0]).toBe('a');
  expect(upstream.calls).toHaveLength(1);
});

test('the caller who aborts gets its own reason, and the upstream call is closed', async () => {
  upstream.reply({ chunks: Array.from({ length: 500 }, () => 'x'), delay: 10 });
  const left = new AbortController();
  const reading = (async () => {
    for await (const _part of run({}, left.signal)) left.abort(new Error('gone'));
  })();
  await expect(reading).rejects.toThrow('gone');
  await upstream.calls[0]?.aborted;
});

test('a reader who stops reading closes the upstream call', async () => {
  upstream.reply({ chunks: Array.from({ length: 500 }, () => 'x'), delay: 10 });
  for await (const _part of run()) break;
  await upstream.calls[0]?.aborted;
});
