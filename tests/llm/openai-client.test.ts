import * as v from 'valibot';
import { expect, test } from 'vitest';
import { toParts } from '#lib/core/parts.ts';
import { createOpenAIClient } from '#lib/llm/openai-client.ts';
import type { ProviderBody } from '#lib/llm/provider-response.ts';
import { calm } from '#tests/support/scope.ts';
import type { Dialect } from '#tests/support/upstream-reply.ts';
import { createTarget, prompt, useProviders } from './world.ts';

const providers = useProviders();
const stream = async (body: Record<string, unknown> = prompt) =>
  (await Array.fromAsync(providers.client.streamChat(createTarget('first', providers.upstream), body, calm))).flat();

const Vector = v.array(v.number());
const dialects: Dialect[] = ['lf', 'crlf', 'cr', 'bom', 'multi-line', 'noisy', 'byte-by-byte'];

test.each(dialects)('what is said in the dialect %s is the same', async (dialect) => {
  const chunks = ['Grüße, ', '世界 😀\n\n', '{"a": "b, c"}', '\u0000 data: x'];
  providers.upstream.reply({ chunks, dialect, usage: 'counted' });
  const events = await stream();
  expect(events.map(({ chunk }) => chunk.choices?.[0]?.delta?.content ?? '').join('')).toBe(chunks.join(''));
  expect(events.at(-1)?.chunk.usage).toMatchObject({ prompt_tokens: 11, completion_tokens: 4 });
  for (const { data, chunk } of events) {
    expect(data).not.toContain('\n');
    expect(JSON.parse(data)).toEqual(chunk);
  }
});

test('every choice, tool call and logprob is passed on', async () => {
  const toolCalls = [{ id: 'call-1', name: 'find', arguments: ['{"q":', '"x"}'] }];
  providers.upstream.reply({ chunks: ['so'], toolCalls });
  const events = await stream({ ...prompt, n: 2, logprobs: true });
  const choices = events.flatMap(({ chunk }) => chunk.choices ?? []);
  expect(new Set(choices.map(({ index }) => index))).toEqual(new Set([0, 1]));
  const called = choices.filter(({ index }) => index === 1).flatMap(({ delta }) => delta?.tool_calls ?? []);
  expect(called).toMatchObject([
    { id: 'call-1', function: { name: 'find', arguments: '{"q":' } },
    { function: { arguments: '"x"}' } },
  ]);
  expect(choices.find(({ delta }) => delta?.content === 'so')).toMatchObject({
    logprobs: { content: [{ token: 'so', logprob: -0.25 }] },
  });
  expect(choices.filter(({ finish_reason: reason }) => reason === 'tool_calls')).toHaveLength(2);
});

/** A provider whose response is read in these pieces. */
function reading(...pieces: string[]) {
  const ended: string[] = [];
  async function* read() {
    try {
      for (const piece of pieces) yield Buffer.from(piece);
    } finally {
      ended.push('left');
    }
  }
  const body: ProviderBody = Object.assign(toParts(read()), { drain: () => void ended.push('drained') });
  const { streamChat } = createOpenAIClient({ post: async () => body });
  return { ended, chunks: toParts(streamChat(createTarget('first', providers.upstream), prompt, calm)) };
}

const eventOf = (content: string, reason: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: reason }] })}\n\n`;

test('chunks that are read together come together', async () => {
  const { chunks, ended } = reading(
    eventOf('a') + eventOf('b') + eventOf('c').slice(0, 20),
    eventOf('c').slice(20),
    `: nothing\n\n`,
    `${eventOf('d', 'stop')}data: [DONE]\n\n${eventOf('after the end')}`,
  );
  const sizes = (await Array.fromAsync(chunks)).map(({ length }) => length);
  expect(sizes).toEqual([2, 1, 1]);
  expect(ended).toEqual(['drained']);
});

test('what is read together with a failure comes before it', async () => {
  const { chunks, ended } = reading(`${eventOf('a')}data: no JSON\n\n${eventOf('b')}`);
  expect((await chunks.next()).value).toHaveLength(1);
  await expect(chunks.next()).rejects.toThrow('no JSON');
  expect(ended).toEqual(['left']);
});

test('an end without [DONE] is one where every choice has finished', async () => {
  providers.upstream.reply({ chunks: ['a'], isSilentAtEnd: true });
  expect(await stream({ ...prompt, n: 2 })).not.toHaveLength(0);
  providers.upstream.reply({ chunks: ['a'], fault: { kind: 'truncate', after: 1 } });
  await expect(stream()).rejects.toThrow('cut off');
});

test('what a client says of streams is kept, but for the usage, which is always asked for', async () => {
  providers.upstream.reply({ chunks: ['a'] });
  await stream({ ...prompt, stream: false, stream_options: { include_usage: false, include_obfuscation: false } });
  expect(providers.upstream.calls[0]?.body).toMatchObject({
    stream: true,
    stream_options: { include_usage: true, include_obfuscation: false },
  });
});

test('a refusal tells its kind, and repeats no word of the provider', async () => {
  providers.upstream.reply({ chunks: [], fault: { kind: 'status', status: 400 } });
  await expect(stream()).rejects.toMatchObject({
    name: 'ProviderError',
    statusCode: 400,
    message: "The provider's status is 400 (simulated)",
  });
});

test('embeddings come with the tokens that they took', async () => {
  const target = createTarget('words', providers.upstream);
  const make = (format: string) =>
    providers.client.createEmbeddings(
      target,
      { input: ['four', 'eight888'], encoding_format: format, dimensions: 8 },
      calm,
    );
  const { data, usage } = await make('float');
  const [first] = (await make('base64')).data;
  expect(data).toHaveLength(2);
  expect(first?.embedding).toBe(
    Buffer.from(Float32Array.from(v.parse(Vector, data[0]?.embedding)).buffer).toString('base64'),
  );
  expect(usage).toMatchObject({ prompt_tokens: 3 });
  expect(providers.upstream.calls[0]).toMatchObject({ path: '/v1/embeddings', body: { model: 'upstream-words' } });
});

test('an answer to embeddings that is something else is an error', async () => {
  providers.upstream.failEmbeddings({ kind: 'status', status: 500 });
  const target = createTarget('words', providers.upstream);
  await expect(providers.client.createEmbeddings(target, { input: 'x' }, calm)).rejects.toMatchObject({
    statusCode: 500,
  });
  providers.upstream.failEmbeddings(undefined);
});
