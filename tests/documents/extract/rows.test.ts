import { expect, test } from 'vitest';
import { extract } from '#lib/documents/extract/extract.ts';
import { extractBlocks } from './extracted-blocks.ts';

test('each CSV row says what its values mean', async () => {
  const rows = 'name,price,note\r\nPen,3,"blue, fine"\r\n\r\nBook,,"two\nlines"\r\n';
  expect(await extractBlocks('csv', rows)).toEqual([
    'name: Pen\nprice: 3\nnote: blue, fine',
    'name: Book\nnote: two\nlines',
  ]);
});

test.each([';', '\t', '|'])('columns may be parted by %j', async (delimiter) => {
  const rows = [`a${delimiter}b`, `1${delimiter}2,5`].join('\n');
  expect(await extractBlocks('csv', rows)).toEqual(['a: 1\nb: 2,5']);
});

test('a row longer than the header, and a column without a name, are kept', async () => {
  expect(await extractBlocks('csv', 'a,,c\n1,2,3,4')).toEqual(['a: 1\ncolumn 2: 2\nc: 3\ncolumn 4: 4']);
});

test('a single CSV row is text', async () => {
  expect(await extractBlocks('csv', 'a,b')).toEqual(['a, b']);
});

test('each record of a JSON list is a block of paths and values', async () => {
  const records = JSON.stringify([
    { name: 'Pen', tags: ['a', 'b'], size: { mm: 5 }, gone: null },
    'text',
    7,
    false,
    [],
  ]);
  expect(await extractBlocks('json', records)).toEqual([
    'name: Pen\ntags: a\ntags: b\nsize.mm: 5',
    'text',
    '7',
    'false',
  ]);
});

test('the digits of a long number are kept', async () => {
  expect(await extractBlocks('json', '{"id":9007199254740993,"n":-12345678901234567890,"x":1.5}')).toEqual([
    'id: 9007199254740993\nn: -12345678901234567890\nx: 1.5',
  ]);
});

test('each NDJSON line is a block', async () => {
  expect(await extractBlocks('ndjson', '{"a":1}\r\n\n{"a":2,"b":"x"}\n')).toEqual(['a: 1', 'a: 2\nb: x']);
});

test.each([
  ['csv', 'a,b\n"open,1\n2,3'],
  ['csv', 'a,b\nsay "this",1'],
  ['json', '{"a":'],
  ['json', '{}'],
  ['json', '['.repeat(10_000) + ']'.repeat(10_000)],
  ['json', '{"a":'.repeat(100_000)],
  ['ndjson', '{"a":1}\nnot json\n'],
] as const)('unreadable %s is refused: %.20s', async (format, text) => {
  await expect(extract(format, text)).rejects.toMatchObject({ code: 'unprocessable_document' });
});

test.each([
  ['json', JSON.stringify({ ['k'.repeat(30_000)]: Array.from({ length: 15_000 }, () => 1) })],
  ['csv', `${'k'.repeat(30_000)}\n${'1\n'.repeat(15_000)}`],
] as const)('small %s that would grow without bounds is too large', async (format, text) => {
  await expect(extract(format, text)).rejects.toMatchObject({ code: 'too_large' });
});
