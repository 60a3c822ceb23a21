import { expect, test } from 'vitest';
import { callHttp } from '#lib/rollout/call-http.ts';
import { smokeRequests } from '#lib/rollout/smoke-requests.ts';
import { createSmoke } from '#lib/rollout/smoke.ts';
import type { FunctionName } from '#lib/rollout/function-names.ts';
import { calm } from '#tests/support/scope.ts';
import { startAnswerServer, type Answer, type ReceivedRequest } from './answer-server.ts';
import { createQuickTiming } from './quick-timing.ts';

const canary = 'http://canary-query.genai-platform.example.test';
const held = { renew: async () => {} };
const problem = (status: number, code: string): Answer => ({
  status,
  mediaType: 'application/problem+json; charset=utf-8',
  body: { code, status },
});

/** A function as it should be. */
const serve = ({ url, headers }: ReceivedRequest): Answer => {
  if (url.pathname === '/readyz') return { body: { status: 'ready' } };
  if (url.pathname === '/v1/none') return problem(404, 'not_found');
  return headers.authorization === 'Bearer good' ? {} : problem(401, 'unauthenticated');
};

async function createSmokeAt(
  toAnswer: (request: ReceivedRequest) => Answer | undefined,
  { name = 'query', token }: { name?: FunctionName; token?: string } = {},
) {
  const { url, received } = await startAnswerServer(toAnswer);
  const timing = createQuickTiming();
  const requests = smokeRequests[name];
  return { smoke: createSmoke({ call: callHttp, timing, ingress: url, requests, token }), received, timing };
}

test.each(['query', 'search', 'documents', 'tenants', 'auth', 'edge'] as const)(
  '%s is asked whether it is ready, refuses, and serves',
  async (name) => {
    const { smoke, received } = await createSmokeAt(serve, { name, token: 'good' });
    await expect(smoke.test(canary, held, calm)).resolves.toBeUndefined();
    const { served, refused } = smokeRequests[name];
    expect(received.map(({ method, url }) => `${method} ${url.pathname}${url.search}`)).toEqual([
      'GET /readyz',
      `${refused.method} ${refused.path}`,
      `${served.method} ${served.path}`,
    ]);
    // The connection goes to the ingress, which tells revisions apart by the host.
    for (const { headers } of received) expect(headers.host).toBe('canary-query.genai-platform.example.test');
  },
);

test('an address that comes up late is waited for', async () => {
  let asked = 0;
  const { smoke } = await createSmokeAt((request) => {
    asked += 1;
    return asked < 5 ? { status: 404, body: '' } : serve(request);
  });
  await expect(smoke.test(canary, held, calm)).resolves.toBeUndefined();
});

test('the claim is renewed before each request', async () => {
  const events: string[] = [];
  let isUp = false;
  const { smoke } = await createSmokeAt(
    (request) => {
      events.push(request.url.pathname);
      if (isUp) return serve(request);
      isUp = true;
      return { status: 503 };
    },
    { token: 'good' },
  );
  const claim = { renew: async () => void events.push('renew') };
  await expect(smoke.test(canary, claim, calm)).resolves.toBeUndefined();
  const requests = ['/readyz', '/readyz', '/v1/query', '/v1/query'];
  expect(events).toEqual(requests.flatMap((path) => ['renew', path]));
});

test('of a claim that is lost nothing more is tested', async () => {
  const { smoke, received } = await createSmokeAt(serve);
  const lost = { renew: () => Promise.reject(new Error('taken over by another')) };
  await expect(smoke.test(canary, lost, calm)).rejects.toThrow('taken over by another');
  expect(received).toEqual([]);
});

test('an address that stays away is given up', async () => {
  const { smoke, timing } = await createSmokeAt(() => ({ status: 503, mediaType: 'text/plain', body: 'no' }));
  await expect(smoke.test(canary, held, calm)).resolves.toBe('GET /readyz: 503 text/plain no');
  expect(timing.now()).toBe(60_000);
});

test.each([
  ['lets everybody in', { body: { answer: 'yes' } }],
  ['refuses with another text', { status: 401, mediaType: 'text/plain', body: 'who are you' }],
  ['refuses with another code', problem(401, 'forbidden')],
  ['fails', problem(500, 'internal')],
] as const)('a canary that %s does not pass', async (_name, answer) => {
  const { smoke } = await createSmokeAt((request) => (request.url.pathname === '/readyz' ? {} : answer));
  await expect(smoke.test(canary, held, calm)).resolves.toMatch(/^without a credential POST \/v1\/query: /);
  await expect(smoke.probe(canary, calm)).resolves.toBe(false);
});

test('a credential that is not served does not pass', async () => {
  const { smoke } = await createSmokeAt(serve, { token: 'other' });
  await expect(smoke.test(canary, held, calm)).resolves.toMatch(/^with the smoke token POST \/v1\/query: 401 /);
});

test('with a token a probe is a request that is served, without one that is refused', async () => {
  const { smoke, received } = await createSmokeAt(serve, { token: 'good' });
  await expect(smoke.probe(canary, calm)).resolves.toBe(true);
  expect(received[0]?.headers.authorization).toBe('Bearer good');
  const { smoke: plain } = await createSmokeAt(serve);
  await expect(plain.probe(canary, calm)).resolves.toBe(true);
});

test('nobody there is a failed probe; an interruption is none', async () => {
  const smoke = createSmoke({
    call: callHttp,
    timing: createQuickTiming(),
    ingress: 'http://127.0.0.1:1',
    requests: smokeRequests.query,
    token: undefined,
  });
  await expect(smoke.probe(canary, calm)).resolves.toBe(false);
  const { smoke: silent } = await createSmokeAt(() => undefined);
  const stop = new AbortController();
  const probing = silent.probe(canary, stop.signal);
  stop.abort();
  await expect(probing).rejects.toMatchObject({ name: 'AbortError' });
});
