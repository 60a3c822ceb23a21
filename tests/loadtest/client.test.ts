import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../loadtest/artillery/client.ts';

async function listen(handle: RequestListener): Promise<string> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const create = (url: string, ingress?: string) => createClient({ url, ingress, now: () => performance.now() });
const calm = () => AbortSignal.timeout(10_000);

test('connections go to the ingress, the Host header stays the one of the URL', async () => {
  const ingress = await listen((request, response) => response.end(`${request.headers.host}${request.url}`));
  const client = create('http://query.example.test:8443', ingress);
  const exchange = await client({ method: 'GET', path: '/v1/documents', token: 't' }, calm());
  expect(exchange).toMatchObject({ kind: 'answer', status: 200, text: 'query.example.test:8443/v1/documents' });
});

test('token and body are sent, headers and request id are kept', async () => {
  const url = await listen((request, response) => {
    response.setHeader('x-request-id', 'r-7');
    void request.toArray().then((parts) => response.end(`${request.headers.authorization} ${parts.join('')}`));
  });
  const exchange = await create(url)({ method: 'POST', path: '/', token: 'secret', json: { a: 'ä' } }, calm());
  expect(exchange).toMatchObject({ requestId: 'r-7', text: 'Bearer secret {"a":"ä"}' });
  expect(exchange).toMatchObject({ head: expect.stringContaining('x-request-id\nr-7') });
});

test('the latency of a stream ends with its first token', async () => {
  const url = await listen((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': open\n\ndata: {"type":"text-delta","delta":"a"}\n\n');
    setTimeout(() => response.end('data: {"type":"finish"}\n\ndata: [DONE]\n\n'), 50);
  });
  let time = 0;
  const client = createClient({ url, ingress: undefined, now: () => (time += 1) });
  const exchange = await client({ method: 'POST', path: '/', token: 't', json: {} }, calm());
  // The clock ticks when it is read: at the start, at the first byte, at the first token, at each end.
  expect(exchange).toMatchObject({ firstByte: 1, latency: 2, stream: { isWhole: true } });
});

test('a stream that the server breaks off is kept as far as it came', async () => {
  const url = await listen((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"type":"text-delta","delta":"a"}\n\n', () => response.destroy());
  });
  const exchange = await create(url)({ method: 'POST', path: '/', token: 't', json: {} }, calm());
  expect(exchange).toMatchObject({ kind: 'answer', isComplete: false, stream: { text: 'a', isWhole: false } });
});

test('a server that does not answer is a failure with its reason', async () => {
  const url = await listen(() => undefined);
  const call = { method: 'GET', path: '/', token: 't' } as const;
  expect(await create(url)(call, AbortSignal.timeout(50))).toEqual({ kind: 'failure', reason: 'timeout' });
  const refused = await listen((request) => request.socket.destroy());
  expect(await create(refused)(call, calm())).toEqual({ kind: 'failure', reason: 'ECONNRESET' });
});
