import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { createCompoundFile, createDocx, createZipBomb, paragraph } from '#tests/documents/docx-files.ts';
import { createEncryptedPdf, createPdf, createScannedPdf } from '#tests/documents/pdf-files.ts';
import { codesOf, createLibrary, docxType, toContent, toForm } from './ingest.ts';

const pdf = await createPdf([['Text']]);
const docx = await createDocx(paragraph('Text'));
const deep = '['.repeat(10_000) + ']'.repeat(10_000);

const bad: [what: string, document: object, code: string][] = [
  ['a damaged PDF', toContent('%PDF-1.7 noise %%EOF', 'application/pdf'), 'unprocessable_document'],
  ['half a PDF', toContent(pdf.slice(0, pdf.length / 2), 'application/pdf'), 'unprocessable_document'],
  ['an encrypted PDF', toContent(createEncryptedPdf(), 'application/pdf'), 'unprocessable_document'],
  ['a scanned PDF', toContent(await createScannedPdf(), 'application/pdf'), 'unprocessable_document'],
  ['a PDF that is none', toContent('text', 'application/pdf'), 'unprocessable_document'],
  ['a PDF as text', { text: '%PDF-1.7', media_type: 'application/pdf' }, 'unprocessable_document'],
  ['half a DOCX', toContent(docx.slice(0, docx.length / 2), docxType), 'unprocessable_document'],
  ['an encrypted DOCX', toContent(createCompoundFile(), docxType), 'unprocessable_document'],
  ['a bomb', toContent(createZipBomb(130), docxType), 'unprocessable_document'],
  ['an archive in an archive', toContent(zipSync({ 'a.docx': docx }), docxType), 'unprocessable_document'],
  ['a DOCX that is a PDF', toContent(pdf, docxType), 'unprocessable_document'],
  ['an empty file', toContent('', 'text/plain'), 'unprocessable_document'],
  ['an empty text', { text: '' }, 'unprocessable_document'],
  ['a text of blanks', { text: ' \n\t ' }, 'unprocessable_document'],
  ['binary data', toContent(pdf, 'text/plain'), 'unprocessable_document'],
  ['a text with a zero', { text: 'a\0b' }, 'unprocessable_document'],
  ['no UTF-8', toContent(Uint8Array.of(0x61, 0xff), 'text/plain'), 'unprocessable_document'],
  ['broken CSV', toContent('a,b\n"1,2\n3', 'text/csv'), 'unprocessable_document'],
  ['broken JSON', toContent('{"a":', 'application/json'), 'unprocessable_document'],
  ['deep JSON', toContent(deep, 'application/json'), 'unprocessable_document'],
  ['an unknown type', toContent('GIF89a', 'image/gif'), 'unsupported_media_type'],
  ['a type named like a method', { text: 'x', media_type: 'constructor' }, 'unsupported_media_type'],
  ['too long a text', { text: 'a'.repeat(16 * 1024 * 1024 + 1) }, 'too_large'],
  ['no content', {}, 'invalid_request'],
  ['two contents', { text: 'a', content: 'YQ==' }, 'invalid_request'],
  ['content that is not base64', { content: 'a b' }, 'invalid_request'],
  ['an unknown field', { text: 'a', colour: 'red' }, 'invalid_request'],
  ['an id that a URL reads otherwise', { text: 'a', id: '..' }, 'invalid_request'],
  ['an id that names a folder above', { text: 'a', id: '../etc' }, 'invalid_request'],
  ['metadata that is a list', { text: 'a', metadata: [1] }, 'invalid_request'],
  ['metadata that is a text', { text: 'a', metadata: 'x' }, 'invalid_request'],
];

test('each is refused by itself, with the reason, and the rest goes on', async () => {
  const library = await createLibrary();
  const documents = bad.map(([, document]) => document);
  const [before, ...results] = await library.ingest({ id: 'before', text: 'a' }, ...documents, {
    id: 'end',
    text: 'b',
  });
  const after = results.pop();
  expect([before, after]).toMatchObject([{ status: 'created' }, { id: 'end', status: 'created' }]);
  expect(results.map((result, index) => [bad[index]?.[0], result.status, result.error?.code])).toEqual(
    bad.map(([what, , code]) => [what, 'failed', code]),
  );
  for (const result of results)
    expect(result).toMatchObject({ chunks: 0, error: { detail: expect.stringMatching(/\w{3}/) } });
});

test('what is no document at all is refused by itself', async () => {
  const library = await createLibrary();
  const results = await library.ingest('text', 7, null, ['a'], { id: 'good', text: 'a' });
  expect(codesOf(results)).toEqual([...Array.from({ length: 4 }, () => 'invalid_request'), undefined]);
  expect(results.map(({ id }) => id)).toEqual(['#1', '#2', '#3', '#4', 'good']);
});

test('a bad line of NDJSON is refused by itself', async () => {
  const library = await createLibrary();
  const results = await library.ingestLines(
    '{"id":"a","text":"a"}',
    '{"id":',
    Uint8Array.of(0x22, 0xff, 0x22),
    `{"id":"x","metadata":${deep}}`,
    '{"id":"twice","id":"y","text":"a"}',
    String.raw`{"text":"\ud800"}`,
    '[]',
    '{"id":"b","text":"b"}',
  );
  expect(codesOf(results)).toEqual([undefined, ...Array.from({ length: 6 }, () => 'invalid_request'), undefined]);
  expect(results.map(({ id }) => id)).toEqual(['a', '#2', '#3', '#4', '#5', '#6', '#7', 'b']);
});

test('a bad file of a form is refused by itself', async () => {
  const library = await createLibrary();
  const results = await library.post({
    body: toForm([
      ['a.txt', 'a'],
      ['b.pdf', 'none', 'application/pdf'],
      ['c.exe', 'MZ', 'application/x-msdownload'],
      ['d.constructor', 'd', 'application/octet-stream'],
      ['e.md', 'e', 'text/plain'],
    ]),
  });
  expect(codesOf(results)).toEqual([
    undefined,
    'unprocessable_document',
    'unsupported_media_type',
    'unsupported_media_type',
    undefined,
  ]);
});

test('what went wrong is logged without the document’s content', async () => {
  const library = await createLibrary();
  await library.ingest({ id: 'a', ...toContent('a secret word, no PDF', 'application/pdf') });
  const event = library.logged.find((logged) => logged.event === 'document_failed');
  expect(event).toMatchObject({ level: 'WARN', tenant_id: 'acme', code: 'unprocessable_document' });
  expect(JSON.stringify(library.logged)).not.toContain('secret word');
});
