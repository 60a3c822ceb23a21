import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createToken } from '#tests/support/platform.ts';
import { exchangeRaw, openConnection, type RawResponse } from './raw-socket.ts';
import { startServer, type RunningServer } from './server-process.ts';

let server: RunningServer;
let token: string;
beforeAll(async () => {
  server = await startServer();
  token = await createToken();
});
afterAll(() => server.stop());

const toHead = (...lines: string[]): string =>
  ['POST /v1/search HTTP/1.1', 'Host: localhost', `Authorization: Bearer ${token}`, ...lines, '', ''].join('\r\n');
const json = 'Content-Type: application/json';

function expectProblem({ status, headers, body }: RawResponse, expected: number, code?: string) {
  expect(status).toBe(expected);
  expect(headers.get('content-type')).toBe('application/problem+json');
  const problem = JSON.parse(body);
  expect(problem).toMatchObject({ status: expected, title: expect.any(String), request_id: expect.any(String) });
  if (code !== undefined) expect(problem.code).toBe(code);
}

test('a body that says it is too large is refused before any of it is sent', async () => {
  const connection = await openConnection(server.port);
  connection.write(toHead(json, `Content-Length: ${1024 * 1024 + 1}`));
  const response = await connection.read();
  expectProblem(response, 413, 'too_large');
  expect(response.headers.get('connection')).toBe('close');
  await connection.closed;
});

test('a body that waits to be asked for is refused, too', async () => {
  const connection = await openConnection(server.port);
  connection.write(toHead(json, 'Expect: 100-continue', 'Content-Length: 99999999'));
  const first = await connection.read();
  expectProblem(first.status === 100 ? await connection.read() : first, 413, 'too_large');
  connection.destroy();
});

test('a chunked body is cut where it becomes too large', async () => {
  const connection = await openConnection(server.port);
  connection.write(toHead(json, 'Transfer-Encoding: chunked'));
  const chunk = `10000\r\n${'x'.repeat(0x1_00_00)}\r\n`;
  connection.write(`d\r\n{"query":"xxx\r\n`);
  for (let sent = 0; sent < 20; sent += 1) connection.write(chunk);
  expectProblem(await connection.read(), 413, 'too_large');
  connection.destroy();
});

test('a chunked body within the limit is read', async () => {
  const response = await exchangeRaw(
    server.port,
    `${toHead(json, 'Transfer-Encoding: chunked', 'Connection: close')}5\r\n{"que\r\n8\r\nry":"x"}\r\n0\r\n\r\n`,
  );
  expect(response.status).toBe(200);
});

test('an upload that says it is too large is refused as well', async () => {
  const type = 'Content-Type: multipart/form-data; boundary=b';
  const head = toHead(type, `Content-Length: ${32 * 1024 * 1024 + 1}`).replace('/v1/search', '/v1/documents');
  expectProblem(await exchangeRaw(server.port, head), 413, 'too_large');
});

test.each([
  ['20 KB in one header', [`X-Padding: ${'x'.repeat(20_000)}`]],
  ['2,000 headers', Array.from({ length: 2_000 }, (_, index) => `X-Header-${index}: some-value`)],
])('%s are too many', async (_name, lines) => {
  expectProblem(await exchangeRaw(server.port, toHead(json, ...lines, 'Content-Length: 2')), 431);
});

test.each([
  ['a length and chunks', ['Content-Length: 6', 'Transfer-Encoding: chunked'], '0\r\n\r\nGET /evil HTTP/1.1\r\n\r\n'],
  ['two lengths', ['Content-Length: 13', 'Content-Length: 5'], '{"query":"x"}'],
  ['a length that is no number', ['Content-Length: +13'], '{"query":"x"}'],
  ['a folded header', ['X-Folded: a', ' b', 'Content-Length: 13'], '{"query":"x"}'],
  ['an encoding nobody knows', ['Transfer-Encoding: xchunked'], '0\r\n\r\n'],
])('%s are no request', async (_name, lines, body) => {
  const connection = await openConnection(server.port);
  connection.write(toHead(json, ...lines) + body);
  expectProblem(await connection.read(), 400, 'invalid_request');
  await connection.closed;
});

test('a header that ends in a bare line feed is no request', async () => {
  const head = toHead(json, 'Content-Length: 13').replace(`${json}\r\n`, `${json}\n`);
  const connection = await openConnection(server.port);
  connection.write(`${head}{"query":"x"}`);
  expectProblem(await connection.read(), 400, 'invalid_request');
  await connection.closed;
});

test('words that are no HTTP are no request', async () => {
  expectProblem(await exchangeRaw(server.port, 'HELLO\r\n\r\n'), 400, 'invalid_request');
});

test('what the parser refuses carries its request id as every response does, and is logged under it', async () => {
  const { headers, body } = await exchangeRaw(server.port, toHead(json, 'Content-Length: x'));
  const { request_id: requestId } = JSON.parse(body);
  expect(headers.get('x-request-id')).toBe(requestId);
  await vi.waitFor(() => expect(server.events()).toContainEqual(expect.objectContaining({ request_id: requestId })));
});

test('a request needs a host', async () => {
  const response = await exchangeRaw(server.port, 'GET /healthz HTTP/1.1\r\n\r\n');
  expect(response.status).toBe(400);
});

test('a request after such ones is served', async () => {
  const body = '{"query":"x"}';
  const response = await exchangeRaw(server.port, toHead(json, `Content-Length: ${body.length}`) + body);
  expect(response.status).toBe(200);
});
