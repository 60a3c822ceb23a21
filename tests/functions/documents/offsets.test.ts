import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDocx, heading, paragraph, table } from '#tests/documents/docx-files.ts';
import { createPdf } from '#tests/documents/pdf-files.ts';
import { textOfAllKinds } from '#tests/documents/any-text.ts';
import { createLibrary, docxType, statusesOf, toContent } from './ingest.ts';

type Library = Awaited<ReturnType<typeof createLibrary>>;

/** Every chunk that a search finds stands where it says in the text that the document is stored with. */
async function expectOffsets(library: Library, ids: readonly string[], hits: number): Promise<void> {
  const texts = new Map(await Promise.all(ids.map(async (id) => [id, await library.textOf(id)] as const)));
  const found = await library.search({ query: 'needle', mode: 'lexical', limit: 100 });
  expect(found).toHaveLength(hits);
  for (const { document_id: id, text, start, end } of found) expect(texts.get(id)?.slice(start, end)).toBe(text);
}

test('any text is stored to the character, and its chunks are substrings of it', async () => {
  const library = await createLibrary();
  const media = ['text/plain', 'text/markdown'];
  const texts = fc.sample(textOfAllKinds, { numRuns: 40, seed: 7 }).map((text) => `needle ${text}`);
  const documents = texts.map((text, index) => ({ id: `${index}`, text, media_type: media[index % 2] }));
  expect(statusesOf(await library.ingest(...documents))).toEqual(texts.map(() => 'created'));
  for (const [index, text] of texts.entries()) expect(await library.textOf(`${index}`)).toBe(text);
  await expectOffsets(
    library,
    documents.map(({ id }) => id),
    texts.length,
  );
});

test('line breaks, marks and pairs of surrogates count as they are', async () => {
  const library = await createLibrary();
  const text = '# 😀 Title\r\n\r\nneedle one\r\ntwo 👨‍👩‍👧‍👦\r\n\r\n\r\n## Other\r\nneedle e\u0301 世界\t\r\n';
  await library.ingest({ id: 'a', text, media_type: 'text/markdown' });
  expect(await library.textOf('a')).toBe(text);
  await expectOffsets(library, ['a'], 2);
});

test('a byte order mark shifts nothing', async () => {
  const library = await createLibrary();
  await library.ingest(
    { id: 'a', text: '\ufeffneedle one' },
    { id: 'b', ...toContent('\ufeffneedle two', 'text/plain') },
  );
  expect([await library.textOf('a'), await library.textOf('b')]).toEqual(['needle one', 'needle two']);
  await expectOffsets(library, ['a', 'b'], 2);
});

test('the chunks of files are substrings of their stored text', async () => {
  const library = await createLibrary();
  const words = 'A needle in a sentence of some words. '.repeat(200);
  const rows = [
    ['needle', 'b'],
    ['needle', 'd'],
  ];
  const documents = [
    { id: 'html', ...toContent(`<h1>needle</h1><p>${words}</p><pre>\n  needle\n</pre>`, 'text/html') },
    { id: 'csv', ...toContent(`name\n${'needle\n'.repeat(300)}`, 'text/csv') },
    { id: 'json', ...toContent(JSON.stringify([{ needle: words }]), 'application/json') },
    { id: 'pdf', ...toContent(await createPdf([['A needle'], ['Another needle']]), 'application/pdf') },
    { id: 'docx', ...toContent(await createDocx(heading('needle'), paragraph(words), table(rows)), docxType) },
  ];
  const results = await library.ingest(...documents);
  expect(statusesOf(results)).toEqual(documents.map(() => 'created'));
  const chunks = results.reduce((sum, result) => sum + result.chunks, 0);
  await expectOffsets(
    library,
    documents.map(({ id }) => id),
    chunks,
  );
});
