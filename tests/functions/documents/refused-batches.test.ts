import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { createLibrary, statusesOf } from './ingest.ts';

const ndjson = { 'content-type': 'application/x-ndjson' };
const jsonType = { 'content-type': 'application/json' };
const many = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `${index}`, text: `Text ${index}` }));

test('a thousand documents are one batch', async () => {
  const library = await createLibrary();
  const results = await library.ingest(...many(1_000));
  expect(new Set(statusesOf(results))).toEqual(new Set(['created']));
  expect(results.map(({ id }) => id)).toEqual(many(1_000).map(({ id }) => id));
});

test.each([
  ['more than a thousand documents', { json: { documents: many(1_001) } }],
  ['more than a thousand lines', { body: '{"text":"a"}\n'.repeat(1_001), headers: ndjson }],
  ['no document', { json: { documents: [] } }],
  ['no list', { json: { documents: { text: 'a' } } }],
  ['an unknown field', { json: { documents: many(1), colour: 'red' } }],
  ['a list alone', { json: many(1) }],
  ['broken JSON', { body: '{"documents":[', headers: jsonType }],
  ['a key given twice', { body: '{"documents":[],"documents":[{"text":"a"}]}', headers: jsonType }],
  ['JSON nested 10,000 deep', { body: '['.repeat(10_000), headers: jsonType }],
  ['JSON that is not UTF-8', { body: Uint8Array.of(0x22, 0xff, 0x22), headers: jsonType }],
  ['an empty body', { body: '', headers: jsonType }],
  ['no line', { body: '\n \r\n', headers: ndjson }],
])('%s is refused as a whole', async (_, options) => {
  const library = await createLibrary();
  const response = await library.call('POST /v1/documents', options);
  expect([response.status, await response.json()]).toMatchObject([400, { code: 'invalid_request' }]);
  expect(await (await library.call('GET /v1/documents')).json()).toEqual({ documents: [] });
});

test.each(['text/plain', 'application/xml', ''])('a body of type %j is refused', async (type) => {
  const library = await createLibrary();
  const response = await library.call('POST /v1/documents', { body: 'text', headers: { 'content-type': type } });
  expect([response.status, await response.json()]).toMatchObject([415, { code: 'unsupported_media_type' }]);
});

test('a body of more than 32 MiB is refused before it is sent', async () => {
  const library = await createLibrary();
  const { port } = new URL(await library.listen());
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(
    `POST /v1/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${library.token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${33 * 1024 * 1024}\r\n\r\n{"documents":[`,
  );
  const [answer] = await once(socket, 'data');
  socket.destroy();
  expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
});

test('a body that does not say its length is refused once it is too large', async () => {
  const library = await createLibrary();
  const piece = new Uint8Array(4 * 1024 * 1024).fill(0x20);
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      sent += 1;
      controller.enqueue(piece);
    },
  });
  const headers = { authorization: `Bearer ${library.token}`, ...jsonType };
  const response = await library.fetch(
    new Request('http://platform.test/v1/documents', { method: 'POST', headers, body, duplex: 'half' }),
  );
  expect([response.status, await response.json()]).toMatchObject([413, { code: 'too_large' }]);
  expect(sent).toBeLessThan(12);
});
