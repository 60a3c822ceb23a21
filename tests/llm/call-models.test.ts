import { expect, test } from 'vitest';
import type { ProviderBreakers, ProviderCaller } from '#lib/llm/provider-breakers.ts';
import type { Reply } from '#tests/support/upstream.ts';
import { createRun, createTarget, textOf, useProviders } from './world.ts';

const providers = useProviders();
const run = createRun(providers);
const both = () =>
  [createTarget('first', providers.upstream), createTarget('second', providers.other)] satisfies [unknown, unknown];
const broken = (status: number, retryAfter?: string): Reply => ({
  chunks: [],
  fault: { kind: 'status', status, ...(retryAfter === undefined ? {} : { retryAfter }) },
});

test('an answer comes as it is written, with what the provider counted at its end', async () => {
  providers.upstream.reply({ chunks: ['Hel', 'lo ', '世界 😀'], usage: { input: 11, output: 7, cached: 4 } });
  const { parts, scope } = run();
  expect(textOf(await Array.fromAsync(parts))).toBe('Hello 世界 😀');
  expect(scope.usage.calls).toEqual([
    {
      provider: 'provider-of-first',
      model: 'first',
      kind: 'chat',
      price_version: 'v1',
      input_tokens: 11,
      cached_input_tokens: 4,
      output_tokens: 7,
      nanodollars: 7 * 1_000 + 4 * 250 + 7 * 3_000,
      estimated: false,
      own_key: false,
      outcome: 'success',
    },
  ]);
  expect(providers.upstream.calls).toMatchObject([
    {
      path: '/v1/chat/completions',
      headers: { authorization: 'Bearer key-of-the-platform' },
      body: { model: 'upstream-first', stream: true, stream_options: { include_usage: true } },
    },
  ]);
});

test('where the provider does not count, what was delivered is counted as the provider charges it', async () => {
  providers.upstream.reply({ chunks: ['four', 'more'] });
  const { parts, scope } = run();
  await Array.fromAsync(parts);
  expect(providers.upstream.bill()).toEqual({ 'upstream-first': { input: 11, output: 2 } });
  expect(scope.usage.calls).toMatchObject([
    { input_tokens: 11, output_tokens: 2, estimated: true, outcome: 'success' },
  ]);
});

test.each([500, 502, 503, 529, 429, 408])(
  'a %i before the first word is tried once more, and costs nothing',
  async (status) => {
    providers.upstream.reply(broken(status), { chunks: ['fine'], usage: { input: 3, output: 1 } });
    const { parts, scope, retries } = run();
    expect(textOf(await Array.fromAsync(parts))).toBe('fine');
    expect(retries).toEqual(['retry']);
    expect(scope.usage.calls).toMatchObject([
      { outcome: 'failed', nanodollars: 0, input_tokens: 0, output_tokens: 0, estimated: false },
      { outcome: 'success', input_tokens: 3 },
    ]);
  },
);

test('after two failures the next model answers, under its own name', async () => {
  providers.upstream.reply(broken(500));
  providers.other.reply({ chunks: ['second best'] });
  const { parts, scope, retries } = run({ targets: both() });
  const all = await Array.fromAsync(parts);
  expect(new Set(all.map(({ target }) => target.model.id))).toEqual(new Set(['second']));
  expect(providers.upstream.calls).toHaveLength(2);
  expect(retries).toEqual(['retry', 'fallback']);
  expect(scope.usage.calls.map(({ model, outcome }) => `${model} ${outcome}`)).toEqual([
    'first failed',
    'first failed',
    'second success',
  ]);
});

test('where all fail the last one tells why, in none of its own words', async () => {
  providers.upstream.reply(broken(500));
  providers.other.reply(broken(503));
  await expect(Array.fromAsync(run({ targets: both() }).parts)).rejects.toMatchObject({
    code: 'model_error',
    message: 'The model failed',
  });
});

test('a refused key or an unknown name is not tried again, but elsewhere', async () => {
  for (const status of [401, 403, 404]) {
    providers.upstream.calls.splice(0);
    providers.upstream.reply(broken(status));
    providers.other.reply({ chunks: ['fine'] });
    expect(textOf(await Array.fromAsync(run({ targets: both() }).parts))).toBe('fine');
    expect(providers.upstream.calls).toHaveLength(1);
  }
});

test('a request that is itself at fault is tried nowhere else', async () => {
  providers.upstream.reply(broken(400));
  await expect(Array.fromAsync(run({ targets: both() }).parts)).rejects.toMatchObject({
    code: 'model_error',
    cause: { statusCode: 400 },
  });
  expect(providers.upstream.calls).toHaveLength(1);
  expect(providers.other.calls).toHaveLength(0);
});

test.each([
  ['seconds', () => '1'],
  ['a date', () => new Date(Date.now() + 1_000).toUTCString()],
])('a wait that the provider asks for in %s is kept where there is time', async (_name, retryAfter) => {
  providers.upstream.reply(broken(429, retryAfter()), { chunks: ['fine'] });
  const { parts, retries } = run({ targets: both() });
  expect(textOf(await Array.fromAsync(parts))).toBe('fine');
  expect(retries).toEqual(['retry']);
  expect(providers.other.calls).toHaveLength(0);
});

test('a wait that is longer than a first word may take is not waited for', async () => {
  providers.upstream.reply(broken(429, '16'));
  providers.other.reply({ chunks: ['fine'] });
  const { parts, retries } = run({ targets: both() });
  expect(textOf(await Array.fromAsync(parts))).toBe('fine');
  expect(retries).toEqual(['fallback']);
  await expect(Array.fromAsync(run().parts)).rejects.toMatchObject({ code: 'model_overloaded', retryAfter: 16 });
  providers.upstream.reply(broken(429, new Date(Date.now() + 60_000).toUTCString()));
  const error: unknown = await Array.fromAsync(run().parts).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'model_overloaded', retryAfter: expect.closeTo(60, -1) });
});

test.each([
  ['error-payload', { kind: 'error-payload' }],
  ['garbage', { kind: 'garbage', after: 0 }],
  ['cut', { kind: 'cut', after: 0 }],
  ['truncate', { kind: 'truncate', after: 0 }],
  ['long-line', { kind: 'long-line', after: 0 }],
] as const)('a 200 that fails before its first word (%s) is hidden', async (_name, fault) => {
  providers.upstream.reply({ chunks: ['lost'], fault }, { chunks: ['fine'] });
  const { parts, scope } = run();
  expect(textOf(await Array.fromAsync(parts))).toBe('fine');
  expect(scope.usage.calls).toMatchObject([{ outcome: 'failed', nanodollars: 0 }, { outcome: 'success' }]);
});

test('an overload that is told in a 200 is an overload', async () => {
  providers.upstream.reply({ chunks: [], fault: { kind: 'error-payload', code: 429 } });
  await expect(Array.fromAsync(run().parts)).rejects.toMatchObject({ code: 'model_overloaded' });
});

test('a call with the tenant’s own key says so', async () => {
  providers.upstream.reply({ chunks: ['fine'] });
  const target = createTarget('first', providers.upstream, { apiKey: 'key-of-the-tenant', isOwnKey: true });
  const { parts, scope } = run({ targets: [target] });
  await Array.fromAsync(parts);
  expect(scope.usage.calls).toMatchObject([{ own_key: true }]);
  expect(providers.upstream.calls[0]?.headers.authorization).toBe('Bearer key-of-the-tenant');
});

test('who pays, and with whose key, is told to what watches over the provider', async () => {
  providers.upstream.reply({ chunks: ['fine'] });
  const callers: ProviderCaller[] = [];
  const breakers: ProviderBreakers = {
    run(caller, call) {
      callers.push(caller);
      return call();
    },
  };
  const target = createTarget('first', providers.upstream, { isOwnKey: true });
  const { parts, scope } = run({ targets: [target], breakers });
  await Array.fromAsync(parts);
  expect(callers).toEqual([{ providerId: 'provider-of-first', account: scope.account, isOwnKey: true }]);
});
