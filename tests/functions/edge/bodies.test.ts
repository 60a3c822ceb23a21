import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test, vi } from 'vitest';
import { startEdge, type EdgeWorld } from './edge-world.ts';

const mebibyte = 1024 * 1024;
const part = Buffer.alloc(64 * 1024, 'a document ');

/** What two connections of this machine hold of what nobody reads, at most. */
const kernelBytes = 20 * mebibyte;

function* partsOf(size: number): Generator<Buffer> {
  for (let sent = 0; sent < size; sent += part.length) yield part;
}

function digestOf(parts: Iterable<Buffer>): string {
  const hash = createHash('sha256');
  for (const bytes of parts) hash.update(bytes);
  return hash.digest('hex');
}

async function digest(body: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of body) hash.update(bytes);
  return hash.digest('hex');
}

/** The value once it has stopped to grow. */
async function settled(read: () => number): Promise<number> {
  let last = -1;
  await vi.waitFor(
    () => {
      const now = read();
      const isStill = now > 0 && now === last;
      last = now;
      expect(isStill).toBe(true);
    },
    { timeout: 10_000, interval: 200 },
  );
  return last;
}

const receivedBy = ({ clients }: EdgeWorld): number => [...clients].reduce((sum, { bytesRead }) => sum + bytesRead, 0);

test.each([
  ['of known length', { 'content-length': String(32 * mebibyte) }],
  ['in chunks', { 'transfer-encoding': 'chunked' }],
])('an upload of 32 MiB %s waits for its function, not in the edge', async (_, headers) => {
  const upload = Promise.withResolvers<IncomingMessage>();
  const edge = await startEdge(async (incoming, response) => {
    upload.resolve(incoming);
    await once(incoming, 'end');
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  const call = request(`${edge.url}/v1/documents`, { method: 'POST', headers });
  const answered = once(call, 'response');
  const sent = pipeline(Readable.from(partsOf(32 * mebibyte)), call);
  const incoming = await upload.promise;

  expect(await settled(() => receivedBy(edge))).toBeLessThan(kernelBytes);
  expect(await digest(incoming)).toBe(digestOf(partsOf(32 * mebibyte)));
  await sent;
  const [response]: IncomingMessage[] = await answered;
  expect(response?.statusCode).toBe(200);
  response?.resume();
});

test('an answer that nobody reads waits in its function', async () => {
  const size = 64 * mebibyte;
  let written = 0;
  const count = function* (): Generator<Buffer> {
    for (const bytes of partsOf(size)) {
      written += bytes.length;
      yield bytes;
    }
  };
  const edge = await startEdge((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    void pipeline(Readable.from(count()), response);
  });
  const call = request(`${edge.url}/v1/documents`).end();
  const [response]: IncomingMessage[] = await once(call, 'response');
  if (!response) throw new Error('There is no answer');

  expect(await settled(() => written)).toBeLessThan(size / 2);
  expect(await digest(response)).toBe(digestOf(partsOf(size)));
});

test('an upload that is refused before it is read gives the refusal, not a broken connection', async () => {
  const problem = '{"code":"too_large"}';
  const edge = await startEdge((_, response) => {
    response.writeHead(413, { 'content-type': 'application/problem+json' }).end(problem);
  });
  const headers = { 'content-length': String(64 * mebibyte) };
  const call = request(`${edge.url}/v1/documents`, { method: 'POST', headers });
  call.on('error', () => undefined);
  const answered = once(call, 'response');
  void pipeline(Readable.from(partsOf(64 * mebibyte)), call).catch(() => undefined);
  const [response]: IncomingMessage[] = await answered;
  expect(response?.statusCode).toBe(413);
  expect(String(await response?.toArray())).toBe(problem);
});
