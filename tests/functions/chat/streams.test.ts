import { expect, test } from 'vitest';
import { readStream } from '#tests/support/sse.ts';
import type { Dialect } from '#tests/support/upstream-reply.ts';
import { createChatWorld, hello, useProviders } from './world.ts';

const use = useProviders();
const request = { model: 'large', messages: hello, stream: true as const };

test('the official client reads a stream, its usage only where it was asked for', async () => {
  const { openai } = await createChatWorld(use);
  const plain = await Array.fromAsync(await openai.chat.completions.create(request));
  expect(plain.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Hello there');
  expect(plain.at(-1)?.choices[0]?.finish_reason).toBe('stop');
  expect(new Set(plain.map(({ model }) => model))).toEqual(new Set(['large']));
  expect(plain.some(({ usage }) => usage)).toBe(false);

  const stream = await openai.chat.completions.create({ ...request, stream_options: { include_usage: true } });
  const counted = await Array.fromAsync(stream);
  expect(counted.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 2, completion_tokens: 2 } });
});

test("the client's own assembly of a stream is the whole answer", async () => {
  const { openai } = await createChatWorld(use);
  const toolCalls = [{ id: 'call_1', name: 'weather', arguments: ['{"city"', ':"Paris"}'] }];
  use.upstream.reply({ chunks: ['Let', ' me', ' see'], toolCalls, usage: 'counted' });
  const wanted = { model: 'large', messages: hello, n: 2, logprobs: true };
  const whole = await openai.chat.completions.create(wanted);
  const streamed = await openai.chat.completions.stream(wanted).finalChatCompletion();
  const parts = ({ choices }: typeof whole) =>
    choices.map(({ message: { content, tool_calls: calls }, logprobs, finish_reason: reason }) => ({
      content,
      calls: calls?.map((call) => call.type === 'function' && { id: call.id, ...call.function }),
      tokens: logprobs?.content?.map(({ token }) => token),
      reason,
    }));
  // The client adds what it has parsed of the arguments.
  expect(parts(streamed)).toMatchObject(parts(whole));
});

test('a chunk is forwarded as it was written, but for the name of the model', async () => {
  const { call, token } = await createChatWorld(use);
  const answer = 'He said: "model":"vendor/large-2026" \u2028 é';
  use.upstream.reply({ chunks: [answer] });
  const response = await call('POST /v1/chat/completions', { token, json: request });
  const { events } = await readStream(response);
  expect(events[1]).toEqual({
    id: 'chatcmpl-simulated',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'large',
    system_fingerprint: 'fp_simulated',
    choices: [{ index: 0, delta: { content: answer }, finish_reason: null }],
  });
});

test('the stream opens at once, tells its cost at the end, and ends once', async () => {
  const { call, token } = await createChatWorld(use);
  const response = await call('POST /v1/chat/completions', { token, json: request });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  expect(response.headers.get('x-request-id')).toMatch(/\S/);
  const text = await response.text();
  const events = text.trimEnd().split('\n\n');
  expect(events[0]).toBe(': open');
  expect(events.slice(-2)).toEqual([': x-genai-cost-dollars=0.00002 x-genai-cached=false', 'data: [DONE]']);
  expect(text.split('[DONE]')).toHaveLength(2);
});

test('over HTTP a stream has the headers that other answers have', async () => {
  const { openai } = await createChatWorld(use);
  const { data, response } = await openai.chat.completions.create(request).withResponse();
  expect(response.headers.get('x-request-id')).toMatch(/\S/);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(await Array.fromAsync(data)).not.toHaveLength(0);
});

test.each<Dialect>(['crlf', 'cr', 'bom', 'multi-line', 'noisy', 'byte-by-byte'])(
  'whatever a provider is allowed to send (%s) arrives as plain events',
  async (dialect) => {
    const { openai } = await createChatWorld(use);
    use.upstream.reply({ chunks: ['naïve ', '日本', '\n'], dialect, usage: 'counted' });
    const chunks = await Array.fromAsync(await openai.chat.completions.create(request));
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('naïve 日本\n');
    expect(chunks[0]?.model).toBe('large');
  },
);

test('a provider that fails before its first word is not seen', async () => {
  const { openai, metric } = await createChatWorld(use);
  use.upstream.reply({ chunks: [], fault: { kind: 'error-payload' } });
  const chunks = await Array.fromAsync(await openai.chat.completions.create(request));
  expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Hello there');
  expect(new Set(chunks.map(({ model }) => model))).toEqual(new Set(['small']));
  expect(await metric('genai_streams_total{outcome="finished"}')).toBe(1);
});

test.each([
  ['is cut', { kind: 'cut', after: 2 }],
  ['ends without its end', { kind: 'truncate', after: 2 }],
  ['sends what is no JSON', { kind: 'garbage', after: 2 }],
  ['sends an error', { kind: 'error', after: 2 }],
] as const)('an answer that %s ends with one error, which the client throws', async (_name, fault) => {
  const { openai, call, token } = await createChatWorld(use);
  use.upstream.reply({ chunks: ['Hello', ' there', '!'], delay: 20, fault });
  let text = '';
  const reading = (async () => {
    for await (const { choices } of await openai.chat.completions.create(request))
      text += choices[0]?.delta.content ?? '';
  })();
  await expect(reading).rejects.toMatchObject({ code: 'model_error', type: 'server_error' });
  expect(text).toMatch(/^Hello(?: there)?$/);

  const { events, isDone } = await readStream(await call('POST /v1/chat/completions', { token, json: request }));
  expect(events.filter((event) => 'error' in event)).toEqual([events.at(-1)]);
  expect(isDone).toBe(true);
  expect(JSON.stringify(events)).not.toContain('imulated model');
});
