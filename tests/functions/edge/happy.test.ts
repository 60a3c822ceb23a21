import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { exchangeRaw, openConnection } from '#tests/http/raw-socket.ts';
import { send, startEdge } from './edge-world.ts';

/** Answers with what it was asked. */
function echo(request: IncomingMessage, response: ServerResponse): void {
  const parts: Buffer[] = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const { method, url, rawHeaders } = request;
    const body = JSON.stringify({ method, url, rawHeaders, body: Buffer.concat(parts).toString() });
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
      .end(body);
  });
}

const hostIn = (body: Buffer): string => {
  const { rawHeaders }: { rawHeaders: string[] } = JSON.parse(body.toString());
  return String(rawHeaders[rawHeaders.findIndex((name) => name.toLowerCase() === 'host') + 1]);
};

test.each([
  ['/v1/query', 'query'],
  ['/v1/search?explain=%2F..%2F', 'search'],
  ['/v1/documents/docs%2Fguide.md/text?a=1&a=2&q=%C3%A9', 'documents'],
  ['/v1/tenants/acme/keys', 'tenants'],
  ['/v1/token', 'auth'],
  ['/.well-known/jwks.json', 'auth'],
])('%s reaches the function on its own host, as it was sent', async (path, name) => {
  const edge = await startEdge(echo);
  const { status, body } = await send(edge.url + path);
  expect(status).toBe(200);
  expect(JSON.parse(body.toString()).url).toBe(path);
  expect(hostIn(body)).toMatch(new RegExp(`^${name}\\.mesh\\.test:`));
});

test.each([
  '//v1/query',
  '/v1/../v1/query',
  '/v1/documents/../query',
  '/v1/documents/%2e%2e/query',
  '/v1/query%2f..',
  '/v1%2fquery',
  '/v1/%71uery',
  '/v2/query',
  '/',
  'http://query.mesh.test/v1/query',
])('%s is not found and reaches no function', async (path) => {
  const edge = await startEdge(echo);
  const { status, headers, body } = await exchangeRaw(edge.port, `GET ${path} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
  expect(status).toBe(404);
  expect(headers.get('content-type')).toBe('application/problem+json');
  expect(JSON.parse(body)).toMatchObject({ code: 'not_found', request_id: headers.get('x-request-id') });
  expect(edge.connections()).toBe(0);
});

test('health is its own', async () => {
  const edge = await startEdge(echo);
  expect((await send(`${edge.url}/healthz`)).body.toString()).toBe('{"status":"ok"}');
  expect((await send(`${edge.url}/readyz`)).body.toString()).toBe('{"status":"ready"}');
  expect(edge.connections()).toBe(0);
});

test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])('%s passes through', async (method) => {
  const edge = await startEdge(echo);
  const { status, body } = await send(`${edge.url}/v1/documents/1`, { method });
  expect(status).toBe(200);
  expect(JSON.parse(body.toString())).toMatchObject({ method, body: '' });
});

test('HEAD has the head of the answer alone, and the connection goes on', async () => {
  const edge = await startEdge((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).end();
  });
  const connection = await openConnection(edge.port);
  connection.write('HEAD /v1/documents/1 HTTP/1.1\r\nHost: a.test\r\n\r\n');
  await vi.waitFor(() => expect(edge.logged).toHaveLength(1));
  connection.write('GET /nowhere HTTP/1.1\r\nHost: a.test\r\n\r\n');
  await vi.waitFor(() => expect(edge.logged).toHaveLength(2));
  connection.destroy();
  const { status, headers, body } = await send(`${edge.url}/v1/documents/1`, { method: 'HEAD' });
  expect([status, headers['content-length'], body.length]).toEqual([200, '1000', 0]);
});

test.each([
  [302, { location: 'http://elsewhere.test/' }],
  [304, { etag: '"1"' }],
  [204, {}],
  [409, { 'content-type': 'application/problem+json' }],
  [500, { 'content-type': 'application/problem+json' }],
])('status %d comes back as it is', async (status, headers) => {
  const edge = await startEdge((_, response) => {
    response.writeHead(status, headers).end();
  });
  const answer = await send(`${edge.url}/v1/documents/1`);
  expect(answer.status).toBe(status);
  expect(answer.headers).toMatchObject(headers);
  expect(edge.connections()).toBe(1);
});

test('a compressed body comes back byte by byte, with what it asks for passed on', async () => {
  const body = gzipSync('{"documents":[]}');
  const seen = vi.fn<(encodings: unknown) => void>();
  const edge = await startEdge((request, response) => {
    seen(request.headers['accept-encoding']);
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(body);
  });
  const answer = await send(`${edge.url}/v1/documents`, { headers: { 'accept-encoding': 'gzip, br' } });
  expect(answer.body).toEqual(body);
  expect(answer.headers['content-encoding']).toBe('gzip');
  expect(seen).toHaveBeenCalledWith('gzip, br');
});

test('headers come back but for those of the connection and of the mesh', async () => {
  const edge = await startEdge((_, response) => {
    response
      .writeHead(200, {
        'content-type': 'application/json',
        'set-cookie': ['a=1', 'b=2'],
        connection: 'x-own',
        'x-own': '1',
        'keep-alive': 'timeout=7',
        server: 'envoy',
        'x-envoy-upstream-service-time': '3',
        'x-genai-cached': 'exact',
      })
      .end('{}');
  });
  const { headers } = await send(`${edge.url}/v1/documents`);
  expect(headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'], 'x-genai-cached': 'exact' });
  for (const name of ['x-own', 'server', 'x-envoy-upstream-service-time']) expect(headers).not.toHaveProperty(name);
  expect(headers['keep-alive']).not.toBe('timeout=7');
});

test('one request id, harmless, goes up, comes back and is logged', async () => {
  const edge = await startEdge((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(request.headers));
  });
  for (const [given, kept] of [
    ['abc-1', 'abc-1'],
    ['no good', expect.stringMatching(/^[0-9a-f-]{36}$/)],
  ]) {
    const { headers, body } = await send(`${edge.url}/v1/search`, { headers: { 'x-request-id': String(given) } });
    expect(headers['x-request-id']).toEqual(kept);
    expect(JSON.parse(body.toString())['x-request-id']).toBe(headers['x-request-id']);
    expect(JSON.parse(body.toString())['x-forwarded-for']).toBe('127.0.0.1');
    await vi.waitFor(() =>
      expect(edge.logged).toContainEqual(
        expect.objectContaining({
          event: 'edge_completed',
          function: 'edge',
          upstream: 'search',
          route: '/v1/search/*',
          status: 200,
          request_id: headers['x-request-id'],
        }),
      ),
    );
  }
  const { text } = await edge.metrics.expose();
  expect(text).toContain('genai_requests_total{function="edge",route="/v1/search/*",status="2xx"} 2');
  expect(text).toContain('genai_requests_in_flight 0');
});

test('a client that asks before it sends is told to go on', async () => {
  const edge = await startEdge(echo);
  const connection = await openConnection(edge.port);
  connection.write(
    'POST /v1/search HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
  );
  expect((await connection.read()).status).toBe(100);
  connection.write('hello');
  const { status, body } = await connection.read();
  expect(status).toBe(200);
  expect(body).toContain('"body":"hello"');
  expect(body.toLowerCase()).not.toContain('expect');
});

test('an upgrade is an ordinary request: no function sees that it was asked for', async () => {
  const edge = await startEdge(echo);
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13';
  const { status, body } = await exchangeRaw(edge.port, `GET /v1/query HTTP/1.1\r\nHost: a.test\r\n${upgrade}\r\n\r\n`);
  expect(status).toBe(200);
  expect(JSON.parse(body).method).toBe('GET');
  expect(body.toLowerCase()).not.toContain('"upgrade"');
  expect((await send(`${edge.url}/healthz`)).status).toBe(200);
});
