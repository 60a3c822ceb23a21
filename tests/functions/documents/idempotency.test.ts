import { expect, test } from 'vitest';
import { sha256Hex } from '#lib/core/digest.ts';
import { createLibrary, statusesOf, toContent, toForm } from './ingest.ts';

const document = { id: 'a', title: 'Title', text: 'Text', metadata: { x: 1, y: 2 }, groups: ['one', 'two'] };

test('the same again is unchanged, whatever the order of its fields', async () => {
  const library = await createLibrary({ groups: ['one'] });
  await library.ingest(document);
  const before = await library.find('a');
  const same = { groups: ['two', 'one'], metadata: { y: 2, x: 1 }, text: 'Text', title: 'Title', id: 'a' };
  expect(await library.ingest(document, same)).toEqual([
    { id: 'a', status: 'unchanged', chunks: 1 },
    { id: 'a', status: 'unchanged', chunks: 1 },
  ]);
  expect(await library.find('a')).toEqual(before);
});

test.each([
  ['text', { text: 'Other' }],
  ['title', { title: 'Other' }],
  ['metadata', { metadata: { x: 1 } }],
  ['groups', { groups: ['one'] }],
  ['media type', { media_type: 'text/markdown' }],
])('another %s is an update that keeps the time of creation', async (_, change) => {
  const library = await createLibrary({ groups: ['one'] });
  await library.ingest(document);
  const before = await library.find('a');
  expect(await library.ingest({ ...document, ...change })).toEqual([{ id: 'a', status: 'updated', chunks: 1 }]);
  const after = await library.find('a');
  expect(after.created_at).toBe(before.created_at);
  expect(after.updated_at >= before.updated_at).toBe(true);
  expect(after).not.toEqual(before);
});

test('a replaced document leaves nothing behind for search to find', async () => {
  const library = await createLibrary();
  await library.ingest({ id: 'a', text: 'walrus '.repeat(900) });
  expect(await library.ingest({ id: 'a', text: 'penguin' })).toEqual([{ id: 'a', status: 'updated', chunks: 1 }]);
  expect(await library.search({ query: 'walrus', mode: 'lexical' })).toEqual([]);
  expect(await library.textOf('a')).toBe('penguin');
});

test('without an id the content is the name', async () => {
  const library = await createLibrary();
  const id = sha256Hex('Text').slice(0, 32);
  expect(await library.ingest({ text: 'Text' }, { text: 'Text' })).toMatchObject([
    { id, status: 'created' },
    { id, status: 'unchanged' },
  ]);
  expect(await library.find(id)).toMatchObject({ content_hash: sha256Hex('Text'), title: id });
  const [moved] = await library.post({ body: toForm([['a.txt', 'Text']]) });
  expect(moved).toMatchObject({ id, status: 'updated' });
});

test('a failed replacement leaves what was stored as it is', async () => {
  const library = await createLibrary();
  await library.ingest({ id: 'a', text: 'Text' });
  const before = await library.find('a');
  expect(statusesOf(await library.ingest({ id: 'a', ...toContent('none', 'application/pdf') }))).toEqual(['failed']);
  expect(await library.find('a')).toEqual(before);
  expect(await library.textOf('a')).toBe('Text');
});

test('of two that have one id in a batch the last one stays', async () => {
  const library = await createLibrary();
  const results = await library.ingest({ id: 'a', text: 'one' }, { id: 'b', text: 'b' }, { id: 'a', text: 'two' });
  expect(statusesOf(results)).toEqual(['created', 'created', 'updated']);
  expect(await library.textOf('a')).toBe('two');
});
