import { expect, test } from 'vitest';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { createBrokenPlatform } from './broken-platform.ts';

async function createWorld() {
  const platform = await createTestPlatform({ TENANT_AUTO_CREATE: 'false' });
  await platform.addTenant('acme');
  const reader = await createToken({ role: 'reader' });
  return { ...platform, reader, token: await createToken(), stranger: await createToken({ tenant_id: 'beta' }) };
}
type World = Awaited<ReturnType<typeof createWorld>>;

const json = { query: 'x' };
const search = 'POST /v1/search';
const cases: [code: string, status: number, ask: (world: World) => Promise<Response>][] = [
  ['invalid_request', 400, ({ call, token }) => call(search, { token, json: {} })],
  ['unauthenticated', 401, ({ call }) => call(search, { json })],
  ['forbidden', 403, ({ call, reader }) => call('DELETE /v1/documents/x', { token: reader })],
  ['tenant_unknown', 403, ({ call, stranger }) => call(search, { token: stranger, json })],
  ['tenant_mismatch', 403, ({ call, token }) => call(search, { token, json, headers: { 'x-tenant-id': 'beta' } })],
  ['not_found', 404, ({ call, token }) => call('GET /v1/documents/none', { token })],
  ['not_found', 404, ({ call, token }) => call('GET /v1/nothing', { token })],
  ['not_found', 404, ({ call }) => call('GET /')],
  ['too_large', 413, ({ call, token }) => call(search, { token, json: { query: 'x'.repeat(1_100_000) } })],
  ['unsupported_media_type', 415, ({ call, token }) => call(search, { token, body: 'query=x' })],
];

test.each(cases)('%s is a problem of status %i', async (code, status, ask) => {
  const response = await ask(await createWorld());
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = JSON.parse(await response.text());
  expect(problem).toMatchObject({ type: expect.any(String), title: expect.any(String), status, code });
  expect(problem.request_id).toBe(response.headers.get('x-request-id'));
  const known = new Set(['type', 'title', 'status', 'code', 'detail', 'request_id', 'retry_after', 'errors']);
  expect(Object.keys(problem).filter((name) => !known.has(name))).toEqual([]);
});

test.each(['GET /v1/search', 'PUT /v1/search', 'DELETE /v1/query', 'POST /v1/documents/x', 'PATCH /v1/documents/x'])(
  '%s is a method that the route does not have',
  async (target) => {
    const { call, token } = await createWorld();
    const response = await call(target, { token });
    expect([404, 405]).toContain(response.status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  },
);

test.each([
  ['POST /v1/search', { query: 'x', secret: 1 }, 'secret'],
  ['POST /v1/query', { question: 'x', stream: true }, 'stream'],
  ['POST /v1/documents', { documents: [{ text: 'x' }], owner: 'me' }, 'owner'],
  ['PUT /v1/documents/a', { text: 'x', created_at: 'now' }, 'created_at'],
  ['PUT /v1/documents/a', { text: 'x', incarnation: 'x' }, 'incarnation'],
  ['GET /v1/documents?page=2', undefined, 'page'],
])('%s refuses a field that it does not know', async (target, body, path) => {
  const { call, token } = await createWorld();
  const response = await call(target, { token, json: body });
  expect(response.status).toBe(400);
  const { code, errors } = JSON.parse(await response.text());
  expect(code).toBe('invalid_request');
  expect(errors.map((error: { path: string }) => error.path)).toContain(path);
});

test('a document of a batch with a field nobody knows fails alone', async () => {
  const { call, token } = await createWorld();
  const documents = [
    { id: 'a', text: 'x', owner: 'me' },
    { id: 'b', text: 'y' },
  ];
  const response = await call('POST /v1/documents', { token, json: { documents } });
  expect(await response.json()).toMatchObject({
    results: [
      { status: 'failed', error: { code: 'invalid_request' } },
      { id: 'b', status: 'created' },
    ],
  });
});

test('a fault of ours is told without its cause', async () => {
  const platform = await createBrokenPlatform();
  const response = await platform.call(search, { token: await createToken(), json });
  expect(response.status).toBeGreaterThanOrEqual(500);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ code: expect.stringMatching(/^(internal|state_unavailable)$/) });
  expect(text).not.toMatch(/sqlite|database|table|\.ts|node:|stack/i);
  expect(JSON.stringify(platform.logged)).toContain(JSON.parse(text).request_id);
});

test('answers are read as nothing else than they say, and problems are not kept', async () => {
  const { call, token } = await createWorld();
  const problem = await call(search);
  expect(problem.headers.get('cache-control')).toContain('no-store');
  for (const response of [await call(search, { token, json }), problem]) {
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('x-powered-by')).toBeNull();
    expect(response.headers.get('server')).toBeNull();
  }
});
