import { expect, test } from 'vitest';
import { createLibrary, statusesOf, toForm } from './ingest.ts';

test('metadata and groups of a form hold for each of its files', async () => {
  const library = await createLibrary({ groups: ['staff'] });
  const fields = { metadata: '{"year":2024,"tags":["a"]}', groups: '["staff"]' };
  const results = await library.post({
    body: toForm(
      [
        ['a.txt', 'one'],
        ['b.txt', 'two'],
      ],
      fields,
    ),
  });
  expect(statusesOf(results)).toEqual(['created', 'created']);
  for (const { id } of results)
    expect(await library.find(id)).toMatchObject({ metadata: { year: 2024, tags: ['a'] }, groups: ['staff'] });
});

test('a single file may have an id and a title', async () => {
  const library = await createLibrary();
  const body = toForm([['a.txt', 'one', 'text/plain']], { id: 'mine', title: ' The title ' });
  expect(await library.post({ body })).toEqual([{ id: 'mine', status: 'created', chunks: 1 }]);
  expect(await library.find('mine')).toMatchObject({ title: 'The title', media_type: 'text/plain' });
});

test('a file is stored to the byte, whatever stands in it', async () => {
  const library = await createLibrary();
  const text = 'one\r\n--boundary\r\nContent-Disposition: form-data\r\n\r\n😀\r\n';
  const [result] = await library.post({ body: toForm([['a.txt', text]]) });
  expect(await library.textOf(result?.id ?? '')).toBe(text);
});

test.each([
  ['without a file', toForm([], { id: 'x' })],
  [
    'with an id for two files',
    toForm(
      [
        ['a.txt', 'a'],
        ['b.txt', 'b'],
      ],
      { id: 'x' },
    ),
  ],
  ['with an unknown field', toForm([['a.txt', 'a']], { colour: 'red' })],
  ['with metadata that is not JSON', toForm([['a.txt', 'a']], { metadata: '{' })],
  ['with groups that are no list', toForm([['a.txt', 'a']], { groups: '"staff"' })],
  ['with an id that is none', toForm([['a.txt', 'a']], { id: '../x' })],
  ['with too many files', toForm(Array.from({ length: 201 }, (_, index) => [`${index}.txt`, `${index}`]))],
])('a form %s is refused', async (_, body) => {
  const library = await createLibrary();
  const response = await library.call('POST /v1/documents', { body });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: 'invalid_request', errors: [{ message: expect.any(String) }] });
});

test('a field given twice is refused, and so is a file by another name', async () => {
  const library = await createLibrary();
  const twice = toForm([['a.txt', 'a']], { title: 'A' });
  twice.append('title', 'B');
  const other = toForm([['a.txt', 'a']]);
  other.append('attachment', new Blob(['x']), 'x.txt');
  for (const [body, path] of [
    [twice, 'title'],
    [other, 'file'],
  ] as const)
    expect(await (await library.call('POST /v1/documents', { body })).json()).toMatchObject({ errors: [{ path }] });
});

const boundary = 'multipart/form-data; boundary=b';
const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\ntext';

test.each([
  ['without a boundary', 'multipart/form-data', `${part}\r\n--b--\r\n`],
  ['with another boundary', 'multipart/form-data; boundary=c', `${part}\r\n--b--\r\n`],
  ['that is cut off', boundary, part],
  ['whose part has no head', boundary, '--b\r\n\r\ntext\r\n--b--\r\n'],
  ['that is empty', boundary, ''],
  ['of noise', boundary, '\u0001\u0002--b-'],
])('a form %s is refused', async (_, type, body) => {
  const library = await createLibrary();
  const response = await library.call('POST /v1/documents', { body, headers: { 'content-type': type } });
  expect([response.status, await response.json()]).toMatchObject([400, { code: 'invalid_request' }]);
});
