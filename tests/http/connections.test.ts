import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createToken } from '#tests/support/platform.ts';
import { openConnection } from './raw-socket.ts';
import { startServer, type RunningServer } from './server-process.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const body = '{"query":"x"}';
const toRequest = (token: string): string =>
  [
    'POST /v1/search HTTP/1.1',
    'Host: localhost',
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');

test.concurrent('a connection that rested for six seconds still serves', async () => {
  const request = toRequest(await createToken());
  const connection = await openConnection(server.port);
  connection.write(request);
  expect((await connection.read()).status).toBe(200);
  await wait(6_000);
  connection.write(request);
  expect((await connection.read()).status).toBe(200);
  connection.destroy();
});

test.concurrent('a request whose head stops midway times out, while others are served', async () => {
  const connection = await openConnection(server.port);
  connection.write('POST /v1/search HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
  const token = await createToken();
  const other = await fetch(`${server.url}/v1/search`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
  });
  expect(other.status).toBe(200);

  const response = await connection.read();
  expect(response.status).toBe(408);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(JSON.parse(response.body)).toMatchObject({ status: 408, code: 'request_timeout' });
  await connection.closed;
});

test.concurrent('several requests on one connection are answered in their order', async () => {
  const token = await createToken();
  const connection = await openConnection(server.port);
  connection.write(toRequest(token) + toRequest('bad') + toRequest(token));
  const statuses = [await connection.read(), await connection.read(), await connection.read()].map(
    ({ status }) => status,
  );
  expect(statuses).toEqual([200, 401, 200]);
  connection.destroy();
});
