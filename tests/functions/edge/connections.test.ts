import { once } from 'node:events';
import { request, type RequestListener } from 'node:http';
import { expect, test, vi } from 'vitest';
import { send, startEdge } from './edge-world.ts';

const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"pump"}' };
const endless = { 'content-length': '1000000' };

test.each<[string, Record<string, string>, RequestListener]>([
  ['before the answer', {}, () => undefined],
  ['within its upload', endless, (incoming) => void incoming.resume()],
  ['within an answer', {}, (_, response) => void response.writeHead(200).write('x')],
  [
    'within a stream',
    {},
    (_, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': open\n\n'),
  ],
])('a client that leaves %s frees the function', async (_, headers, answer) => {
  const freed = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const stderr = vi.spyOn(console, 'error');
  const edge = await startEdge(
    (incoming, response) => {
      response.on('close', () => freed.resolve());
      answer(incoming, response);
      asked.resolve();
    },
    { limit: 1 },
  );
  const call = request(`${edge.url}/v1/query`, { method: 'POST', headers });
  call.on('error', () => undefined);
  call.write('{');
  if (headers !== endless) call.end('}');
  await asked.promise;
  if (answer.length > 1) await once(call, 'response');
  call.destroy();
  await freed.promise;

  await vi.waitFor(() => expect(edge.logged).toContainEqual(expect.objectContaining({ outcome: 'aborted' })));
  expect(edge.logged).not.toContainEqual(expect.objectContaining({ mesh_error: expect.anything() }));
  expect(stderr).not.toHaveBeenCalled();
  stderr.mockRestore();
});

test('a place is free again once its client has left', async () => {
  let isSilent = true;
  const edge = await startEdge((_, response) => void (isSilent || response.writeHead(204).end()), { limit: 1 });
  const leaver = request(`${edge.url}/v1/query`).end();
  leaver.on('error', () => undefined);
  await vi.waitFor(() => expect(edge.connections()).toBe(1));
  leaver.destroy();
  isSilent = false;
  await vi.waitFor(async () => expect((await send(`${edge.url}/v1/query`)).status).toBe(204));
});

test('one connection serves one request after the other', async () => {
  const edge = await startEdge((incoming, response) => {
    incoming.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  for (let index = 0; index < 20; index += 1) expect((await send(`${edge.url}/v1/search`, post)).status).toBe(200);
  expect(edge.connections()).toBe(1);
});

test('a connection that a function has closed unannounced costs no POST', async () => {
  const edge = await startEdge((incoming, response) => {
    incoming.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json', connection: 'keep-alive' }).end('{}');
      response.on('finish', () => incoming.socket.end());
    });
  });
  const statuses = new Set<number>();
  for (let index = 0; index < 200; index += 1) statuses.add((await send(`${edge.url}/v1/search`, post)).status);
  expect([...statuses]).toEqual([200]);
  expect(edge.connections()).toBe(200);
});

test('a request is sent once, also where its connection breaks', async () => {
  let sent = 0;
  const edge = await startEdge((incoming) => {
    sent += 1;
    incoming.resume().on('end', () => incoming.socket.resetAndDestroy());
  });
  expect((await send(`${edge.url}/v1/tenants/acme/keys`, post)).status).toBe(503);
  expect(sent).toBe(1);
});
