import { createServer, type RequestListener } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { createClient, type Call } from '#lib/canary/client.ts';
import { findFreePort } from '#tests/support/free-port.ts';

const calm = new AbortController().signal;
const call: Call = { method: 'GET', path: '/v1/documents', token: 'secret' };

async function listen(listener: RequestListener): Promise<URL> {
  const port = await findFreePort();
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${port}`);
}

test('the ingress is called, and told the host of the URL or the one of the call', async () => {
  const ingress = await listen(({ headers }, response) => response.end(JSON.stringify(headers)));
  const send = createClient({ url: new URL('http://edge.genai.example:8080'), ingress });
  const { status, body } = await send(call, calm);
  expect(status).toBe(200);
  expect(JSON.parse(body)).toMatchObject({ host: 'edge.genai.example:8080', authorization: 'Bearer secret' });
  const named = await send({ ...call, headers: { host: 'other.example' } }, calm);
  expect(JSON.parse(named.body)).toMatchObject({ host: 'other.example' });
});

test('an answer holds every byte: its status line, headers of any case, body and trailers', async () => {
  const url = await listen((_request, response) => {
    response.writeHead(203, 'Reason of it', { 'X-One': 'first', trailer: 'x-last' });
    response.write('body');
    response.addTrailers({ 'x-last': 'the end' });
    response.end();
  });
  const { all } = await createClient({ url, ingress: undefined })({ ...call, method: 'POST', json: { a: 1 } }, calm);
  for (const part of ['203 Reason of it', 'X-One', 'first', 'body', 'the end']) expect(all).toContain(part);
});

test('an answer that is too large, compressed, cut off, or never comes is none', async () => {
  const url = await listen(({ url: path }, response) => {
    if (path === '/large') response.end('x'.repeat(9 * 1024 * 1024));
    else if (path === '/compressed') response.writeHead(200, { 'content-encoding': 'gzip' }).end('x');
    else if (path === '/cut') response.writeHead(200, { 'content-length': 10 }).write('x', () => response.destroy());
  });
  const send = createClient({ url, ingress: undefined });
  await expect(send({ ...call, path: '/large' }, calm)).rejects.toThrow('more than');
  await expect(send({ ...call, path: '/compressed' }, calm)).rejects.toThrow('compressed');
  await expect(send({ ...call, path: '/cut' }, calm)).rejects.toThrow();
  await expect(send(call, AbortSignal.timeout(50))).rejects.toThrow();
});
