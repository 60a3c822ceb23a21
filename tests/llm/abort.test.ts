import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { toChatAttempt } from '#lib/llm/chat-attempt.ts';
import { createOpenAIClient } from '#lib/llm/openai-client.ts';
import { createProviderTransport } from '#lib/llm/provider-transport.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { createCaller, createRun, createTarget, prompt, textOf, useProviders } from './world.ts';

const providers = useProviders();
const run = createRun(providers);

test.each([
  ['while the model is silent', { chunks: [], fault: { kind: 'silence' } }, 0],
  ['while only comments come', { chunks: [], fault: { kind: 'comments' } }, 0],
  ['before the first word', { chunks: ['late'], firstDelay: 10_000 }, 0],
  ['between words', { chunks: ['four', 'more', 'late'], fault: { kind: 'stall', after: 2 } }, 2],
] as const)('whoever leaves %s gets its own reason, and the call is closed', async (_name, reply, words) => {
  providers.upstream.reply({ ...reply, chunks: [...reply.chunks] });
  const left = new AbortController();
  const { parts, scope, retries } = run({ signal: left.signal });
  let text = '';
  const reading = (async () => {
    for await (const part of parts) text += textOf([part]);
  })();
  await expect.poll(() => providers.upstream.calls.length).toBe(1);
  await expect.poll(() => text.length).toBe(words * 4);
  left.abort(new Error('gone'));
  await expect(reading).rejects.toThrow('gone');
  await providers.upstream.calls[0]?.aborted;
  expect(retries).toEqual([]);
  expect(scope.usage.calls).toMatchObject([
    { outcome: 'aborted', estimated: true, input_tokens: 11, output_tokens: words },
  ]);
});

test('parts that are left while the first word is waited for close the call, and it is metered', async () => {
  providers.upstream.reply({ chunks: ['late'], firstDelay: 10_000 });
  const { callModels } = createCaller();
  const scope = createScope('acme');
  const targets = [createTarget('first', providers.upstream)] as const;
  const parts = callModels(scope, targets, toChatAttempt(providers.client, prompt), calm);
  const first = parts.next();
  await expect.poll(() => providers.upstream.calls.length).toBe(1);
  await parts.return();
  expect(await first).toEqual({ done: true, value: undefined });
  await providers.upstream.calls[0]?.aborted;
  expect(scope.usage.calls).toMatchObject([{ outcome: 'aborted', estimated: true, output_tokens: 0 }]);
});

test('whoever leaves before another try is not kept waiting, and nothing more is called', async () => {
  providers.upstream.reply({ chunks: [], fault: { kind: 'status', status: 429, retryAfter: '5' } });
  const left = new AbortController();
  const { parts, scope } = run({ signal: left.signal });
  const reading = Array.fromAsync(parts);
  await expect.poll(() => scope.usage.calls.length).toBe(1);
  left.abort(new Error('gone'));
  await expect(reading).rejects.toThrow('gone');
  expect(providers.upstream.calls).toHaveLength(1);
  expect(scope.usage.calls).toMatchObject([{ outcome: 'failed', nanodollars: 0 }]);
});

test('whoever leaves while all connections are taken is not kept waiting, and is not called for', async () => {
  providers.upstream.reply({ chunks: [], fault: { kind: 'silence' } });
  const transport = createProviderTransport({ connections: 1 });
  onTestFinished(() => transport.close());
  const client = createOpenAIClient(transport);
  const crowded = createRun({ ...providers, upstream: providers.upstream, other: providers.other, client });
  const holder = new AbortController();
  const held = Array.fromAsync(crowded({ signal: holder.signal }).parts);
  await expect.poll(() => providers.upstream.calls.length).toBe(1);
  const left = new AbortController();
  const reading = Array.fromAsync(crowded({ signal: left.signal }).parts);
  await wait(20);
  left.abort(new Error('gone'));
  await expect(reading).rejects.toThrow('gone');
  holder.abort(new Error('gone as well'));
  await expect(held).rejects.toThrow('gone as well');
  await wait(50);
  expect(providers.upstream.calls).toHaveLength(1);
});

test('a reader who stops reading closes the call, and has its words counted', async () => {
  providers.upstream.reply({ chunks: Array.from({ length: 500 }, () => 'four'), delay: 10 });
  const { parts, scope } = run();
  for await (const part of parts) if (textOf([part]) !== '') break;
  await providers.upstream.calls[0]?.aborted;
  expect(scope.usage.calls).toMatchObject([{ outcome: 'aborted', output_tokens: 1 }]);
});

test('a call is closed within 100 ms', { retry: 2 }, async () => {
  providers.upstream.reply({ chunks: Array.from({ length: 500 }, () => 'four'), delay: 10 });
  const left = new AbortController();
  const { parts } = run({ signal: left.signal });
  let leftAt = 0;
  const reading = (async () => {
    for await (const part of parts) {
      if (textOf([part]) === '' || leftAt > 0) continue;
      leftAt = performance.now();
      left.abort();
    }
  })();
  await expect(reading).rejects.toThrow();
  expect(Number(await providers.upstream.calls[0]?.aborted) - leftAt).toBeLessThan(100);
});

test('an answer that was read to its end leaves its connection for the next', async () => {
  providers.upstream.reply({ chunks: ['fine'] });
  await Array.fromAsync(run().parts);
  await wait(20);
  await Array.fromAsync(run().parts);
  expect(providers.upstream.calls).toHaveLength(2);
  const [first, second] = providers.upstream.calls;
  expect(second?.port).toBe(first?.port);
});
