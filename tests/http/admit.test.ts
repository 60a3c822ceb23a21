import { expect, test, vi } from 'vitest';
import type { Lease } from '#lib/admission/admission.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { admit } from '#lib/http/admit.ts';
import { createTenantApi } from '#lib/http/create-api.ts';
import { sse } from '#lib/http/sse.ts';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { readStream } from '#tests/support/sse.ts';

const demand = {
  tokens: 1,
  nanodollars: 1,
  model: { provider: 'p', model: 'm', kind: 'chat', price_version: 'v1' },
} as const;

/** Routes behind an admission whose settlements never end. */
async function createApp() {
  const { foundation } = await createTestPlatform({ TENANT_AUTO_CREATE: 'true' });
  const end = vi.fn<Lease['end']>(() => new Promise(() => undefined));
  const http = { ...foundation.http, admit: async () => ({ headers: { 'ratelimit-limit': '7' }, end }) };
  const app = createTenantApi(http, 'test')
    .use(
      '/v1/*',
      admit(http, 'test', () => demand),
    )
    .get('/v1/whole', (c) => c.json({ ended: end.mock.calls.length }))
    .get('/v1/failed', () => {
      throw new ApiError('model_error');
    })
    .get('/v1/stream', (c) =>
      sse(c, {
        async *produce() {
          yield { type: 'finish', ended: end.mock.calls.length };
        },
        toErrorEvent: ({ code }) => ({ type: 'error', code }),
        metrics: foundation.metrics,
      }),
    );
  const authorization = `Bearer ${await createToken()}`;
  return { end, get: (path: string) => app.request(path, { headers: { authorization } }) };
}

test('a response does not wait for its settlement, which follows it', async () => {
  const { get, end } = await createApp();
  const response = await get('/v1/whole');
  expect(response.headers.get('ratelimit-limit')).toBe('7');
  expect(await response.json()).toEqual({ ended: 0 });
  await expect.poll(() => end.mock.calls.length).toBe(1);
});

test('neither does one that tells of a failure', async () => {
  const { get, end } = await createApp();
  const response = await get('/v1/failed');
  expect(response.status).toBe(502);
  await expect.poll(() => end.mock.calls.length).toBe(1);
});

test('a stream is settled when it has ended, once', async () => {
  const { get, end } = await createApp();
  const { events } = await readStream(await get('/v1/stream'));
  expect(events).toMatchObject([{ type: 'finish', ended: 0 }]);
  await expect.poll(() => end.mock.calls.length).toBe(1);
});
