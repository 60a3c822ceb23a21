import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { getRequestListener } from '@hono/node-server';
import * as v from 'valibot';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ApiError } from '#lib/core/api-error.ts';
import { createActorApi } from '#lib/http/create-api.ts';
import { sse, type SseOptions } from '#lib/http/sse.ts';
import { createTestPlatform } from '#tests/support/platform.ts';
import { readStream, typesOf } from '#tests/support/sse.ts';

async function createStream(options: Partial<SseOptions> & Pick<SseOptions, 'produce'>) {
  const platform = await createTestPlatform();
  const { http, metrics } = platform.foundation;
  const toErrorEvent = ({ code }: { code: string }) => ({ type: 'error', code });
  const app = createActorApi(http, 'stream').get('/stream', (c) => sse(c, { metrics, toErrorEvent, ...options }));
  return { ...platform, app };
}

async function listen(fetch: Parameters<typeof getRequestListener>[0]): Promise<number> {
  const server = createServer(getRequestListener(fetch));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test('a stream that has nothing to say yet opens at once and beats until it has', async () => {
  const { app, metric } = await createStream({
    heartbeatMilliseconds: 10,
    async *produce() {
      await wait(100);
      yield { type: 'finish' };
    },
  });
  const stream = await readStream(await app.request('/stream'));
  expect(stream.comments[0]).toBe('open');
  expect(stream.comments.filter((comment) => comment === 'heartbeat').length).toBeGreaterThan(1);
  expect(typesOf(stream)).toEqual(['finish']);
  expect(stream.isDone).toBe(true);
  expect(await metric('genai_streams_total{outcome="finished"}')).toBe(1);
});

test.each([
  ['a failure that is told', new ApiError('model_timeout'), 'model_timeout'],
  ['a fault that is not', new Error('secret detail'), 'internal'],
])('%s ends a stream with one error event', async (_name, error, code) => {
  const { app, logged, metric } = await createStream({
    async *produce() {
      yield { type: 'delta' };
      throw error;
    },
  });
  const stream = await readStream(await app.request('/stream'));
  expect(stream.events).toEqual([{ type: 'delta' }, { type: 'error', code }]);
  expect(stream.isDone).toBe(true);
  expect(await metric('genai_streams_total{outcome="failed"}')).toBe(1);
  expect(logged.at(-1)).toMatchObject({ event: 'stream_completed', outcome: 'failed', error_code: code });
});

test('a reader that stops reading is cut off, and the producer with it', async () => {
  const ended = Promise.withResolvers<number>();
  const { app, metric } = await createStream({
    stallMilliseconds: 100,
    async *produce(signal) {
      let sent = 0;
      try {
        for (; !signal.aborted; sent += 1) yield { type: 'delta', text: 'x'.repeat(64 * 1024) };
      } finally {
        ended.resolve(sent);
      }
    },
  });
  const port = await listen(app.fetch);
  const closed = Promise.withResolvers<void>();
  const call = request({ port, path: '/stream' }, (response) => {
    response.pause();
    response.on('error', () => closed.resolve());
    response.on('close', () => closed.resolve());
  });
  call.on('error', () => closed.resolve());
  call.end();
  const sent = await ended.promise;
  // What the sockets took, and a bounded rest.
  expect(sent * 64 * 1024).toBeLessThan(64 * 1024 * 1024);
  call.destroy();
  await closed.promise;
  await expect.poll(() => metric('genai_streams_total{outcome="aborted"}')).toBe(1);
});

test('a client that leaves ends the producer wherever it waits', async () => {
  const reason = Promise.withResolvers<unknown>();
  const { app } = await createStream({
    async *produce(signal) {
      yield { type: 'delta' };
      signal.addEventListener('abort', () => reason.resolve(signal.reason));
      await wait(60_000, undefined, { signal });
    },
  });
  const port = await listen(app.fetch);
  const left = new AbortController();
  const response = await fetch(`http://127.0.0.1:${port}/stream`, { signal: left.signal });
  await response.body?.getReader().read();
  left.abort();
  await expect(reason.promise).resolves.toBeDefined();
});

test('nothing of a stream that has ended is kept', async () => {
  const ended: WeakRef<AbortSignal>[] = [];
  const { app } = await createStream({
    async *produce(signal) {
      ended.push(new WeakRef(signal));
      yield { type: 'finish' };
    },
  });
  const port = await listen(app.fetch);
  for (let time = 0; time < 3; time += 1) await (await fetch(`http://127.0.0.1:${port}/stream`)).text();
  setFlagsFromString('--expose-gc');
  const collect = v.parse(v.function(), runInNewContext('gc'));
  await vi.waitFor(() => {
    collect();
    expect(ended.filter((signal) => signal.deref())).toHaveLength(0);
  });
  expect(ended).toHaveLength(3);
});
