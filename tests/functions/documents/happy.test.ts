import { expect, test } from 'vitest';
import { createDocx, heading, paragraph } from '#tests/documents/docx-files.ts';
import { createPdf } from '#tests/documents/pdf-files.ts';
import { createLibrary, docxType, statusesOf, toContent, toForm } from './ingest.ts';

const files: [name: string, mediaType: string, content: string | Uint8Array, text: string][] = [
  ['a.txt', 'text/plain', 'Plain zebra', 'Plain zebra'],
  ['a.md', 'text/markdown', '# Marked\n\nzebra', '# Marked\n\nzebra'],
  ['a.html', 'text/html', '<title>Page</title><p>Hyper zebra', 'Hyper zebra'],
  ['a.csv', 'text/csv', 'animal,legs\nzebra,4', 'animal: zebra\nlegs: 4'],
  ['a.json', 'application/json', '{"animal":"zebra"}', 'animal: zebra'],
  ['a.ndjson', 'application/x-ndjson', '{"a":"zebra"}\n{"a":"x"}', 'a: zebra\n\na: x'],
  ['a.pdf', 'application/pdf', await createPdf([['Printed zebra']]), 'Printed zebra'],
  ['a.docx', docxType, await createDocx(heading('Word'), paragraph('Written zebra')), 'Word\n\nWritten zebra'],
];
const texts = files.map(([, , , text]) => text);

test('every format is stored and found at once, sent as JSON', async () => {
  const library = await createLibrary();
  const documents = files.map(([name, type, content]) => ({ id: name, ...toContent(content, type) }));

  const results = await library.ingest(...documents);

  expect(results).toEqual(files.map(([name]) => ({ id: name, status: 'created', chunks: 1 })));
  expect(await Promise.all(files.map(([name]) => library.textOf(name)))).toEqual(texts);
  const hits = await library.search({ query: 'zebra', limit: 20 });
  expect(hits.map((hit) => hit.document_id).toSorted()).toEqual(files.map(([name]) => name).toSorted());
});

test('every format is known by its file’s name, sent as a form', async () => {
  const library = await createLibrary();
  const form = toForm(files.map(([name, , content]) => [name, content, 'application/octet-stream']));

  const results = await library.post({ body: form });

  expect(statusesOf(results)).toEqual(files.map(() => 'created'));
  expect(await Promise.all(results.map(({ id }) => library.textOf(id)))).toEqual(texts);
  const titles = await Promise.all(results.map(async ({ id }) => (await library.find(id)).title));
  expect(titles).toEqual(['a.txt', 'Marked', 'Page', 'a.csv', 'a.json', 'a.ndjson', 'a.pdf', 'Word']);
});

test('documents come one a line, as NDJSON', async () => {
  const library = await createLibrary();
  const lines = files.map(([id, type, content]) => JSON.stringify({ id, title: id, ...toContent(content, type) }));

  const results = await library.ingestLines(...lines, '', '{"id":"text","text":"as it is"}\r');

  expect(results.map(({ id }) => id)).toEqual([...files.map(([name]) => name), 'text']);
  expect(statusesOf(results)).toEqual([...files, 'text'].map(() => 'created'));
});

test('one document is put, read, listed and removed', async () => {
  const library = await createLibrary();
  const put = await library.call('PUT /v1/documents/notes%2Fone', { json: { title: 'One', text: 'Body' } });
  expect([put.status, await put.json()]).toEqual([201, { id: 'notes/one', status: 'created', chunks: 1 }]);
  const again = await library.call('PUT /v1/documents/notes%2Fone', { json: { title: 'One', text: 'Other' } });
  expect([again.status, await again.json()]).toEqual([200, { id: 'notes/one', status: 'updated', chunks: 1 }]);
  expect(await library.find('notes/one')).toMatchObject({ id: 'notes/one', title: 'One', media_type: 'text/plain' });
  expect(await (await library.call('GET /v1/documents')).json()).toMatchObject({ documents: [{ id: 'notes/one' }] });
  expect((await library.call('DELETE /v1/documents/notes%2Fone')).status).toBe(204);
  expect(await library.search({ query: 'other' })).toEqual([]);
  expect((await library.call('GET /v1/documents/notes%2Fone')).status).toBe(404);
});

test('a put document that cannot be processed is the request’s failure', async () => {
  const library = await createLibrary();
  const put = await library.call('PUT /v1/documents/x', { json: toContent('no pdf', 'application/pdf') });
  expect(put.status).toBe(422);
  expect(await put.json()).toMatchObject({ code: 'unprocessable_document' });
});
