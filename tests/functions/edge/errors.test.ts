import type { LookupFunction } from 'node:net';
import { pipeline } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { findFreePort } from '#tests/support/free-port.ts';
import { problemOf, send, startEdge, type EdgeOptions } from './edge-world.ts';

const overloaded = { type: 'urn:genai:problem:overloaded', status: 503, code: 'overloaded', retry_after: 1 };

test.each([
  [503, 'pending request queue full', 'queue_full'],
  [503, '', 'status_503'],
  [502, 'EOF', 'status_502'],
  [504, 'request timeout', 'status_504'],
  [404, '', 'status_404'],
])('the mesh says %d %j: the service is overloaded', async (status, text, marker) => {
  const edge = await startEdge((_, response) => {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', server: 'envoy' }).end(text);
  });
  const answer = await send(`${edge.url}/v1/query`, { method: 'POST', body: '{}' });
  expect(answer.status).toBe(503);
  expect(answer.headers['retry-after']).toBe('1');
  expect(answer.headers['server']).toBeUndefined();
  expect(problemOf(answer)).toMatchObject(overloaded);
  expect(edge.logged).toContainEqual(
    expect.objectContaining({ upstream: 'query', mesh_error: marker, error_code: 'overloaded', status: 503 }),
  );
});

test.each([
  [400, 'invalid_request'],
  [408, 'request_timeout'],
  [413, 'too_large'],
  [431, 'headers_too_large'],
])('the mesh says %d: %s', async (status, code) => {
  const edge = await startEdge((_, response) => {
    response.writeHead(status, { 'content-type': 'text/plain' }).end('no');
  });
  const answer = await send(`${edge.url}/v1/query`);
  expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/problem+json']);
  expect(JSON.parse(answer.body.toString())).toMatchObject({ code });
});

test("a function's own refusal comes back word by word", async () => {
  const problem = '{"code":"not_found",  "title":"Not found"}';
  const edge = await startEdge((_, response) => {
    response.writeHead(404, { 'content-type': 'application/problem+json' }).end(problem);
  });
  const answer = await send(`${edge.url}/v1/documents/1`);
  expect([answer.status, answer.body.toString()]).toEqual([404, problem]);
  expect(edge.logged[0]).not.toHaveProperty('mesh_error');
});

test('an error page without end is read no further than it is needed', async () => {
  const closed = Promise.withResolvers<void>();
  const page = async function* () {
    for (;;) {
      yield Buffer.alloc(16_384, 'x');
      await setImmediate();
    }
  };
  const edge = await startEdge((_, response) => {
    response.writeHead(503, { 'content-type': 'text/html' });
    pipeline(page, response, () => closed.resolve());
  });
  expect((await send(`${edge.url}/v1/query`)).status).toBe(503);
  await closed.promise;
});

const silent: LookupFunction = () => undefined;
const unknown: LookupFunction = (_host, _options, found) =>
  found(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), '');

test.each<[string, EdgeOptions, string]>([
  ['has no address', { lookup: unknown }, 'enotfound'],
  ['cannot be connected to in time', { lookup: silent, connectMilliseconds: 100 }, 'und_err_connect_timeout'],
  ['gives no head in time', { headMilliseconds: 300 }, 'und_err_headers_timeout'],
])('a function that %s is overloaded', async (_, options, marker) => {
  const edge = await startEdge(() => undefined, options);
  const answer = await send(`${edge.url}/v1/query`, { method: 'POST', body: '{}' });
  expect(problemOf(answer)).toMatchObject(overloaded);
  expect(edge.logged).toContainEqual(expect.objectContaining({ mesh_error: marker, status: 503 }));
});

test('a function that nobody listens for is overloaded', async () => {
  const edge = await startEdge(() => undefined, { upstreamPort: await findFreePort() });
  expect(problemOf(await send(`${edge.url}/v1/query`))).toMatchObject(overloaded);
  expect(edge.logged).toContainEqual(expect.objectContaining({ mesh_error: 'econnrefused' }));
});

test('a connection that is cut before the head is no internal error', async () => {
  const edge = await startEdge((request) => void request.socket.destroy());
  expect(problemOf(await send(`${edge.url}/v1/query`, { method: 'POST', body: '{}' }))).toMatchObject(overloaded);
});

test('what is more than it can pass on at once is refused at once, and again let in later', async () => {
  const waiting: (() => void)[] = [];
  const edge = await startEdge((_, response) => void waiting.push(() => void response.writeHead(204).end()), {
    limit: 2,
  });
  const held = [send(`${edge.url}/v1/query`), send(`${edge.url}/v1/query`)];
  await vi.waitFor(() => expect(waiting).toHaveLength(2));
  expect(problemOf(await send(`${edge.url}/v1/query`))).toMatchObject(overloaded);
  for (const answer of waiting.splice(0)) answer();
  for (const { status } of await Promise.all(held)) expect(status).toBe(204);
  const next = send(`${edge.url}/v1/query`);
  await vi.waitFor(() => expect(waiting).toHaveLength(1));
  waiting[0]?.();
  expect((await next).status).toBe(204);
});
