import { once } from 'node:events';
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { readStream } from '#tests/support/sse.ts';
import { send, startEdge } from './edge-world.ts';

const eventStream = { 'content-type': 'text/event-stream; charset=utf-8' };
const uiStream = { ...eventStream, 'x-vercel-ai-ui-message-stream': 'v1' };
const delta = 'data: {"type":"text-delta","delta":"Zürich 🏔"}\n\n';
const done = 'data: [DONE]\n\n';

/** The answer's head, with the rest of it to be read by hand. */
async function open(url: string): Promise<IncomingMessage> {
  const call = request(url, { method: 'POST' });
  call.on('error', () => undefined);
  call.end('{}');
  const [response]: IncomingMessage[] = await once(call, 'response');
  if (!response) throw new Error('There is no answer');
  return response;
}

test('a stream passes byte by byte, wherever the network splits it', async () => {
  const body = Buffer.from(`: open\r\n\r\n${delta}${done}`);
  const edge = await startEdge(async ({ headers }, response) => {
    const at = Number(headers['x-split']);
    response.writeHead(200, uiStream).write(body.subarray(0, at));
    await setImmediate();
    response.end(body.subarray(at));
  });
  for (let at = 1; at < body.length; at += 1) {
    const answer = await send(`${edge.url}/v1/query`, { headers: { 'x-split': String(at) } });
    expect(answer.headers).toMatchObject(uiStream);
    expect(answer.body).toEqual(body);
  }
});

test('the head and each event come before the next one is written', async () => {
  let upstream: ServerResponse | undefined;
  const edge = await startEdge((_, response) => {
    upstream = response;
    response.writeHead(200, uiStream).flushHeaders();
  });
  const response = await open(`${edge.url}/v1/query`);
  for (const event of [': open\n\n', delta, done]) {
    upstream?.write(event);
    const [part]: Buffer[] = await once(response, 'data');
    expect(String(part)).toBe(event);
  }
  upstream?.end();
  await once(response, 'end');
});

test("an answer that the mesh has ended in time's name ends with our own error", async () => {
  const edge = await startEdge((_, response) => {
    response.writeHead(200, uiStream).write(delta);
    response.end('data: {"type":"text-delta","deltarequest timeout');
  });
  const response = await fetch(`${edge.url}/v1/query`, { method: 'POST', body: '{}' });
  const { events, isDone } = await readStream(response);
  expect(isDone).toBe(true);
  expect(events).toEqual([
    { type: 'text-delta', delta: 'Zürich 🏔' },
    { type: 'error', errorText: expect.any(String) },
  ]);
  expect(JSON.parse(String(events[1]?.['errorText']))).toMatchObject({
    code: 'request_timeout',
    request_id: response.headers.get('x-request-id'),
  });
  await vi.waitFor(() =>
    expect(edge.logged).toContainEqual(expect.objectContaining({ upstream: 'query', mesh_error: 'stream_timeout' })),
  );
});

test("documents' progress that the mesh has ended ends with an error of its own kind", async () => {
  const edge = await startEdge((_, response) => {
    response.writeHead(200, eventStream).end('data: {"type":"result","done":1}\n\nrequest timeout');
  });
  const { events, isDone } = await readStream(await fetch(`${edge.url}/v1/documents`, { method: 'POST', body: '{}' }));
  expect(isDone).toBe(true);
  expect(events).toEqual([
    { type: 'result', done: 1 },
    expect.objectContaining({ type: 'error', code: 'request_timeout', status: 408 }),
  ]);
});

test('the same words at the end of another body are its own', async () => {
  const edge = await startEdge((_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' }).end('request timeout');
  });
  expect((await send(`${edge.url}/v1/documents/1/text`)).body.toString()).toBe('request timeout');
});

test('a stream that ends without a terminal event ends just so', async () => {
  const edge = await startEdge((_, response) => {
    response.writeHead(200, uiStream).end(`${delta}data: {"ty`);
  });
  expect((await send(`${edge.url}/v1/query`)).body.toString()).toBe(`${delta}data: {"ty`);
});

test.each([
  ['an answer', { 'content-type': 'application/json' }, 0],
  ['a stream', uiStream, 1],
  ['an answer of known length', { 'content-type': 'application/json', 'content-length': '1000' }, 0],
])('%s that is cut off stays cut off, and counts as what it is', async (_, headers, truncations) => {
  const stderr = vi.spyOn(console, 'error');
  const edge = await startEdge(async ({ socket }, response) => {
    response.writeHead(200, headers).write(delta);
    await setImmediate();
    socket.resetAndDestroy();
  });
  const response = await open(`${edge.url}/v1/query`);
  const failure = once(response, 'end');
  response.resume();
  await expect(failure).rejects.toMatchObject({ code: 'ECONNRESET' });
  await vi.waitFor(() => expect(edge.logged).toContainEqual(expect.objectContaining({ outcome: 'cut', status: 200 })));
  expect(stderr, 'the log alone tells of it').not.toHaveBeenCalled();
  stderr.mockRestore();
  expect((await edge.metrics.expose()).text).toContain(`genai_stream_truncations_total{cause="mesh"} ${truncations}`);
});

test('a stream that is cut off before its first word is no stream cut short', async () => {
  const edge = await startEdge(async ({ socket }, response) => {
    response.writeHead(200, uiStream).flushHeaders();
    await setImmediate();
    socket.resetAndDestroy();
  });
  await expect(send(`${edge.url}/v1/query`)).rejects.toMatchObject({ code: 'ECONNRESET' });
  await vi.waitFor(() => expect(edge.logged).toContainEqual(expect.objectContaining({ outcome: 'cut', status: 200 })), {
    timeout: 15_000,
  });
  expect((await edge.metrics.expose()).text).toContain('genai_stream_truncations_total{cause="mesh"} 0');
});

test.each([
  ['an answer', { 'content-type': 'application/json' }],
  ['a stream', uiStream],
])('%s that falls silent is cut off', async (_, headers) => {
  const edge = await startEdge((_request, response) => void response.writeHead(200, headers).write(delta), {
    idleMilliseconds: 200,
  });
  await expect(send(`${edge.url}/v1/query`)).rejects.toMatchObject({ code: 'ECONNRESET' });
});
