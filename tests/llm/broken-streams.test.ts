import { expect, test } from 'vitest';
import type { ChatChunk } from '#lib/llm/chat-chunk.ts';
import { createRun, createTarget, textOf, useProviders } from './world.ts';

const providers = useProviders();
const run = createRun(providers);
const both = () =>
  [createTarget('first', providers.upstream), createTarget('second', providers.other)] satisfies [unknown, unknown];

test.each(['silence', 'comments'] as const)(
  '%s for too long gives way to the next model, and the call is closed',
  async (kind) => {
    providers.upstream.reply({ chunks: [], fault: { kind } });
    providers.other.reply({ chunks: ['fine'] });
    const { parts, retries } = run({ targets: both(), firstToken: 80 });
    expect(textOf(await Array.fromAsync(parts))).toBe('fine');
    expect(retries).toEqual(['fallback']);
    await providers.upstream.calls[0]?.aborted;
    await expect(Array.fromAsync(run({ firstToken: 80 }).parts)).rejects.toMatchObject({ code: 'model_timeout' });
  },
);

test.each([false, true])('a stream that stalls (with comments: %s) ends after its words', async (comments) => {
  providers.upstream.reply({ chunks: ['four', 'more', 'lost'], fault: { kind: 'stall', after: 2, comments } });
  const { parts, scope, retries } = run({ targets: both(), betweenTokens: 100 });
  const seen: { part: ChatChunk }[] = [];
  const reading = (async () => {
    for await (const part of parts) seen.push(part);
  })();
  await expect(reading).rejects.toMatchObject({ code: 'model_timeout' });
  expect(textOf(seen)).toBe('fourmore');
  expect(retries).toEqual([]);
  await providers.upstream.calls[0]?.aborted;
  expect(scope.usage.calls).toMatchObject([{ outcome: 'failed', estimated: true, input_tokens: 11, output_tokens: 2 }]);
});

test('a reader that is slow does not make the model late', async () => {
  providers.upstream.reply({ chunks: ['a', 'b', 'c'] });
  const { parts } = run({ betweenTokens: 60 });
  let text = '';
  for await (const part of parts) {
    text += textOf([part]);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(text).toBe('abc');
});

test('the total time is bounded, however steadily words come', async () => {
  providers.upstream.reply({ chunks: Array.from({ length: 500 }, () => 'x'), delay: 10 });
  await expect(Array.fromAsync(run({ total: 150 }).parts)).rejects.toMatchObject({ code: 'model_timeout' });
  await providers.upstream.calls[0]?.aborted;
});

test.each([
  ['cut', { kind: 'cut', after: 2 }],
  ['truncate', { kind: 'truncate', after: 2 }],
  ['garbage', { kind: 'garbage', after: 2 }],
  ['error', { kind: 'error', after: 2 }],
  ['long-line', { kind: 'long-line', after: 2 }],
  ['bad-utf8', { kind: 'bad-utf8', after: 2 }],
] as const)('a stream that breaks off (%s) is a model_error, tried no more, and charged once', async (_name, fault) => {
  providers.upstream.reply({ chunks: ['four', 'more', 'lost'], fault, delay: 5 });
  const { parts, scope, retries } = run({ targets: both() });
  const seen: string[] = [];
  const reading = (async () => {
    for await (const part of parts) seen.push(textOf([part]));
  })();
  await expect(reading).rejects.toMatchObject({ code: 'model_error' });
  expect(seen.join('')).toMatch(/^four(?:more)?$/);
  expect(retries).toEqual([]);
  expect(scope.usage.calls).toMatchObject([
    { outcome: 'failed', estimated: true, output_tokens: seen.join('').length / 4 },
  ]);
});
