import { expect, test } from 'vitest';
import { createLibrary, toForm } from '../documents/ingest.ts';

const headers = { 'idempotency-key': 'key-1' };
const stream = { ...headers, accept: 'text/event-stream' };
const replayed = 'idempotency-replayed';

test('a batch that is sent again is not written again, whatever its body is encoded as', async () => {
  const library = await createLibrary();
  const document = { id: 'a', text: 'Text', metadata: { x: 1, y: 2 } };
  const same = { metadata: { y: 2, x: 1 }, text: 'Text', id: 'a' };
  const first = await library.call('POST /v1/documents', { json: { documents: [document] }, headers });
  const text = await first.text();
  expect(text).toContain('"created"');
  await library.ingest({ id: 'a', text: 'Written by another request' });
  for (const options of [
    { json: { documents: [same] }, headers },
    { body: JSON.stringify(same), headers: { ...headers, 'content-type': 'application/x-ndjson' } },
  ]) {
    const again = await library.call('POST /v1/documents', options);
    expect(again.headers.get(replayed)).toBe('true');
    expect(await again.text()).toBe(text);
  }
  expect(await library.textOf('a')).toBe('Written by another request');
});

test('a form that is sent again has another boundary and is the same', async () => {
  const library = await createLibrary();
  const send = (text: string) =>
    library.call('POST /v1/documents', { body: toForm([['a.txt', text]], { metadata: '{"x":1}' }), headers });
  const [first, again] = [await send('Text'), await send('Text')];
  expect(again.headers.get(replayed)).toBe('true');
  expect(await again.text()).toBe(await first.text());
  expect((await send('Other')).status).toBe(409);
});

test.each([
  ['text', [{ id: 'a', text: 'Other' }]],
  ['id', [{ id: 'b', text: 'Text' }]],
  [
    'order',
    [
      { id: 'b', text: 'Text' },
      { id: 'a', text: 'Text' },
    ],
  ],
  ['fault', [{ id: 'a', nonsense: 1 }]],
])('a batch with another %s is another request', async (_name, documents) => {
  const library = await createLibrary();
  await library.call('POST /v1/documents', { json: { documents: [{ id: 'a', text: 'Text' }] }, headers });
  const response = await library.call('POST /v1/documents', { json: { documents }, headers });
  expect(response.status).toBe(409);
  expect(await response.json()).toMatchObject({ code: 'idempotency_conflict' });
  expect(await library.textOf('a')).toBe('Text');
});

test('results that are sent one by one are the same stream again; as a whole they are another request', async () => {
  const library = await createLibrary();
  const json = {
    documents: [
      { id: 'a', text: 'Text' },
      { id: 'b', text: '' },
    ],
  };
  const first = await (await library.call('POST /v1/documents', { json, headers: stream })).text();
  const again = await library.call('POST /v1/documents', { json, headers: stream });
  expect(again.headers.get(replayed)).toBe('true');
  expect(await again.text()).toBe(first);
  expect(first).toContain('"created"');
  expect((await library.call('POST /v1/documents', { json, headers })).status).toBe(409);
});

test('a document that is put or deleted again has the first status', async () => {
  const library = await createLibrary();
  const put = () => library.call('PUT /v1/documents/a', { json: { text: 'Text' }, headers });
  const remove = () => library.call('DELETE /v1/documents/a', { headers: { 'idempotency-key': 'key-2' } });
  expect([(await put()).status, (await put()).status]).toEqual([201, 201]);
  expect([(await remove()).status, (await remove()).status]).toEqual([204, 204]);
  expect((await library.call('DELETE /v1/documents/a')).status).toBe(404);
});

test('a batch that was refused leaves its key free', async () => {
  const library = await createLibrary();
  const refused = await library.call('POST /v1/documents', { json: { documents: [] }, headers });
  expect(refused.status).toBe(400);
  const json = { documents: [{ id: 'a', text: 'Text' }] };
  expect((await library.call('POST /v1/documents', { json, headers })).status).toBe(200);
});
