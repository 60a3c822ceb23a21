import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Context } from 'hono';
import { onTestFinished } from 'vitest';
import { createTenantApi } from '#lib/http/create-api.ts';
import type { TenantEnvironment } from '#lib/http/environment.ts';
import { idempotent } from '#lib/http/idempotent.ts';
import { sse } from '#lib/http/sse.ts';
import { createMetrics } from '#lib/telemetry/metrics.ts';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';

type Answer = (c: Context<TenantEnvironment>, time: number) => Response | Promise<Response>;
type Produce = (signal: AbortSignal, time: number) => AsyncIterable<object | string>;

/** An app of one route that takes a key, and how often its handler has run. */
export async function createApp(answer: Answer) {
  const platform = await createTestPlatform();
  const { http } = platform.foundation;
  const handled: (string | undefined)[] = [];
  const app = createTenantApi(http, 'keyed').post('/v1/things/:id', idempotent(http), (c) => {
    handled.push(c.get('callId'));
    return answer(c, handled.length);
  });
  const token = await createToken();

  const toHeaders = (key: string | undefined, headers: Record<string, string>) => ({
    authorization: `Bearer ${token}`,
    ...(key === undefined ? {} : { 'idempotency-key': key }),
    ...headers,
  });

  return {
    ...platform,
    handled,
    post: (key: string | undefined, { path = '/v1/things/1', headers = {} as Record<string, string> } = {}) =>
      app.request(path, { method: 'POST', headers: toHeaders(key, headers) }),
    /** The app behind a real server; gives what posts to it. */
    async serve() {
      const server = createServer(getRequestListener(app.fetch));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => {
        server.closeAllConnections();
        server.close();
      });
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/things/1`;
      return (key: string, signal?: AbortSignal) =>
        fetch(url, { method: 'POST', headers: toHeaders(key, {}), ...(signal ? { signal } : {}) });
    },
  };
}

/** The same with a stream of events. */
export const createStreamApp = (produce: Produce) =>
  createApp((c, time) =>
    sse(c, {
      produce: (signal) => produce(signal, time),
      toErrorEvent: ({ code }) => ({ type: 'error', code }),
      metrics: createMetrics(),
      headers: { 'x-vercel-ai-ui-message-stream': 'v1' },
      heartbeatMilliseconds: 5,
    }),
  );
