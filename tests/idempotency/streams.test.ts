import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ApiError } from '#lib/core/api-error.ts';
import { createActorApi } from '#lib/http/create-api.ts';
import { sse } from '#lib/http/sse.ts';
import { createTestPlatform } from '#tests/support/platform.ts';
import { createStreamApp } from './app.ts';

const delta = { type: 'delta', text: 'ä 😀\n' };
const withoutHeartbeats = (text: string): string => text.replaceAll(': heartbeat\n\n', '');

async function* tell(): AsyncGenerator<object | string> {
  yield delta;
  await wait(20);
  yield ': a comment\n\n';
  yield { type: 'finish' };
}

test('a stream that was read to its end is the same bytes again, at once and without heartbeats', async () => {
  const { post, serve, handled } = await createStreamApp(tell);
  const first = await post('key');
  const text = await first.text();
  expect(text).toContain(': heartbeat');
  const served = await serve();
  for (const again of [await post('key'), await served('key')]) {
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(again.headers.get('x-vercel-ai-ui-message-stream')).toBe('v1');
    expect(await again.text()).toBe(withoutHeartbeats(text));
  }
  expect(handled).toHaveLength(1);
});

test('whoever has seen the terminal event can have the stream again, though it left before the last byte', async () => {
  const rest = Promise.withResolvers<void>();
  const { serve, handled } = await createStreamApp(async function* produce(signal) {
    yield* tell();
    await Promise.race([rest.promise, wait(5_000, undefined, { signal })]);
  });
  const post = await serve();
  const left = new AbortController();
  const first = await post('key', left.signal);
  let received = '';
  for await (const chunk of first.body ?? []) {
    received += Buffer.from(chunk).toString();
    if (received.includes('"finish"')) break;
  }
  left.abort();
  const again = await post('key');
  rest.resolve();
  expect(await again.text()).toBe(`${withoutHeartbeats(received)}data: [DONE]\n\n`);
  expect(handled).toHaveLength(1);
});

test('a stream that failed can be tried again as soon as its error is seen', async () => {
  const { serve, handled } = await createStreamApp(async function* produce(_signal, time) {
    yield delta;
    if (time === 1) throw new ApiError('model_error');
    yield { type: 'finish' };
  });
  const post = await serve();
  const first = await post('key');
  const reader = first.body?.pipeThrough(new TextDecoderStream()).getReader() ?? expect.fail();
  let received = '';
  while (!received.includes('model_error')) received += (await reader.read()).value ?? expect.fail();
  const again = await (await post('key')).text();
  expect(again).toContain('"finish"');
  expect(handled).toHaveLength(2);
  expect(handled[0]).not.toBe(handled[1]);
});

test('the error of a stream is not sent before its key is free', async () => {
  const freed = Promise.withResolvers<void>();
  const { metrics, http } = (await createTestPlatform()).foundation;
  const app = createActorApi(http, 'stream').get('/stream', (c) => {
    const unexpected = () => Promise.reject(new Error('The stream has failed'));
    c.set('recorder', { add: () => undefined, keep: unexpected, drop: () => freed.promise });
    const produce = async function* produce(): AsyncGenerator<object> {
      yield delta;
      throw new ApiError('model_error');
    };
    return sse(c, { produce, metrics, toErrorEvent: ({ code }) => ({ type: 'error', code }) });
  });
  const response = await app.request('/stream');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader() ?? expect.fail();
  let received = '';
  const reading = (async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) received += part.value;
  })();
  await expect.poll(() => received).toContain('delta');
  await wait(20);
  expect(received).not.toContain('model_error');
  freed.resolve();
  await reading;
  expect(received).toContain('model_error');
});

test('a stream whose reader left goes on, and whoever asks again has all of it', async () => {
  const rest = Promise.withResolvers<void>();
  const { serve, handled } = await createStreamApp(async function* produce(signal) {
    yield delta;
    await rest.promise;
    signal.throwIfAborted();
    // More than anybody would buffer for a reader that is gone.
    for (let part = 0; part < 8; part += 1) yield { type: 'delta', text: 'x'.repeat(64 * 1024) };
    yield { type: 'finish' };
  });
  const post = await serve();
  const left = new AbortController();
  const first = await post('key', left.signal);
  await first.body?.getReader().read();
  left.abort();
  const meanwhile = await post('key');
  expect(meanwhile.status).toBe(409);
  rest.resolve();
  await expect.poll(async () => (await (await post('key')).text()).includes('"finish"')).toBe(true);
  expect(handled).toHaveLength(1);
});

test('a stream of more than a mebi of characters is given once', async () => {
  const { post, handled } = await createStreamApp(async function* produce() {
    for (let part = 0; part < 17; part += 1) yield { type: 'delta', text: 'x'.repeat(64 * 1024) };
    yield { type: 'finish' };
  });
  expect(await (await post('key')).text()).toContain('[DONE]');
  const again = await post('key');
  expect(again.status).toBe(409);
  expect(await again.json()).toMatchObject({ code: 'conflict', detail: expect.stringContaining('too long') });
  expect(handled).toHaveLength(1);
});
