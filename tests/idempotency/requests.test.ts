import { expect, test } from 'vitest';
import { ApiError, problems, type ProblemCode } from '#lib/core/api-error.ts';
import { createApp } from './app.ts';

const withoutIds = (response: Response): Record<string, string> =>
  Object.fromEntries([...response.headers].filter(([name]) => name !== 'x-request-id'));

test('the same request has the same status, headers and body, marked as a repetition, and is carried out once', async () => {
  const { post, handled, logged } = await createApp((c, time) =>
    c.json({ time, text: 'ä 😀' }, 201, {
      location: '/v1/things/1',
      'x-genai-cost-dollars': '0.5',
      'ratelimit-limit': '5',
    }),
  );
  const first = await post('key');
  const { 'ratelimit-limit': limit, ...kept } = withoutIds(first);
  expect(limit).toBe('5');
  const second = await post('key');
  expect(second.status).toBe(201);
  expect(withoutIds(second)).toEqual({ ...kept, 'idempotency-replayed': 'true' });
  expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
  expect(await second.text()).toBe(await first.text());
  expect(handled).toEqual([expect.any(String)]);
  expect(logged.at(-1)).toMatchObject({ event: 'keyed_completed', status: 201, outcome: 'replayed' });
});

test('behind a real server too, where headers wait at the response', async () => {
  const { serve, handled } = await createApp((c) => {
    c.env.outgoing?.setHeader('x-genai-cached', 'exact');
    return c.body(null, 204);
  });
  const post = await serve();
  const [first, second] = [await post('key'), await post('key')];
  expect([first.status, second.status]).toEqual([204, 204]);
  expect(second.headers.get('x-genai-cached')).toBe('exact');
  expect(second.headers.get('idempotency-replayed')).toBe('true');
  expect(handled).toHaveLength(1);
});

test('without a key each request is carried out', async () => {
  const { post, handled } = await createApp((c) => c.json({}));
  for (const response of [await post(undefined), await post(undefined)]) {
    expect(response.headers.has('idempotency-replayed')).toBe(false);
  }
  expect(handled).toEqual([undefined, undefined]);
});

test.each(['', 'x'.repeat(256), 'ä', 'a\u007f'])('%j is not a key', async (key) => {
  const { post, handled } = await createApp((c) => c.json({}));
  const response = await post(key);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: 'invalid_request', errors: [{ path: 'Idempotency-Key' }] });
  expect(handled).toEqual([]);
});

test.each(['x', 'x'.repeat(255), 'key of "order" #17 ~'])('%j is a key', async (key) => {
  const { post, handled } = await createApp((c) => c.json({}));
  expect([(await post(key)).status, (await post(key)).status]).toEqual([200, 200]);
  expect(handled).toHaveLength(1);
});

test.each([{ path: '/v1/things/2' }, { headers: { accept: 'text/event-stream' } }])(
  'a key that stands for another request is refused: %j',
  async (other) => {
    const { post, handled } = await createApp((c) => c.json({}));
    await post('key');
    const response = await post('key', other);
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'idempotency_conflict' });
    expect(handled).toHaveLength(1);
  },
);

test('while the request runs its key is in use', async () => {
  const running = Promise.withResolvers<void>();
  const { post, handled } = await createApp(async (c) => {
    await running.promise;
    return c.json({});
  });
  const first = post('key');
  await expect.poll(() => handled.length).toBe(1);
  const second = await post('key');
  expect(second.status).toBe(409);
  expect(second.headers.get('retry-after')).toBe('1');
  expect(await second.json()).toMatchObject({ code: 'conflict', retry_after: 1 });
  running.resolve();
  expect((await first).status).toBe(200);
  expect((await post('key')).headers.get('idempotency-replayed')).toBe('true');
});

const later: ProblemCode[] = [
  'unauthenticated',
  'budget_exhausted',
  'request_timeout',
  'conflict',
  'too_large',
  'rate_limited',
  'concurrency_limited',
  'model_error',
  'search_unavailable',
  'state_unavailable',
  'model_overloaded',
  'auth_unavailable',
  'overloaded',
  'model_timeout',
  'storage_full',
];
const forGood: ProblemCode[] = [
  'invalid_request',
  'forbidden',
  'not_found',
  'unsupported_media_type',
  'unprocessable_document',
  'internal',
];

test.each(later)('after %s the key is free: the same request, or another one, is carried out', async (code) => {
  const { post, handled } = await createApp((c, time) => {
    if (time === 1) throw new ApiError(code);
    return c.json({ time });
  });
  expect((await post('key')).status).toBe(problems[code].status);
  expect(await (await post('key', { path: '/v1/things/2' })).json()).toEqual({ time: 2 });
  expect(handled[0]).not.toBe(handled[1]);
});

test.each(forGood)('%s is the answer, as often as the request is sent', async (code) => {
  const { post, handled } = await createApp(() => {
    throw new ApiError(code);
  });
  const [first, second] = [await post('key'), await post('key')];
  expect(second.status).toBe(problems[code].status);
  expect(second.headers.get('content-type')).toBe('application/problem+json');
  expect(await second.text()).toBe(await first.text());
  expect(handled).toHaveLength(1);
});

test('an answer that cannot be read to its end is none: the request is carried out again', async () => {
  const { post, handled } = await createApp((c, time) => {
    if (time > 1) return c.json({});
    return c.body(new ReadableStream({ pull: (controller) => controller.error(new Error('The source broke')) }));
  });
  expect((await post('key')).status).toBe(500);
  expect((await post('key')).status).toBe(200);
  expect(handled).toHaveLength(2);
});

test('an answer of more than a mebi of characters is given once', async () => {
  const { post, handled } = await createApp((c) => c.text('x'.repeat(1024 * 1024 + 1)));
  expect((await post('key')).status).toBe(200);
  const second = await post('key');
  expect(second.status).toBe(409);
  expect(second.headers.has('retry-after')).toBe(false);
  expect(await second.json()).toMatchObject({ code: 'conflict', detail: expect.stringContaining('too long') });
  expect(handled).toHaveLength(1);
});

test('a request whose client has left is carried out, and whoever asks again has its answer', async () => {
  const begun = Promise.withResolvers<void>();
  const rest = Promise.withResolvers<void>();
  const { serve, handled } = await createApp(async (c) => {
    begun.resolve();
    await rest.promise;
    c.get('signal').throwIfAborted();
    return c.json({ made: true }, 201);
  });
  const post = await serve();
  const left = new AbortController();
  const first = post('key', left.signal);
  await begun.promise;
  left.abort();
  await expect(first).rejects.toThrow('aborted');
  expect((await post('key')).status).toBe(409);
  rest.resolve();
  await expect.poll(async () => (await post('key')).status).toBe(201);
  expect(handled).toHaveLength(1);
});
