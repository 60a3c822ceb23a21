import { expect, test } from 'vitest';
import { extract } from '#lib/documents/extract/extract.ts';
import { createEncryptedPdf, createPdf, createScannedPdf } from '../pdf-files.ts';
import { extractBlocks } from './extracted-blocks.ts';

test('a page is read line by line, a paragraph a block', async () => {
  const pdf = await createPdf([['First line', 'second line', '', '', 'Next paragraph'], ['Page two']]);
  expect(await extractBlocks('pdf', pdf)).toEqual(['First line\nsecond line', 'Next paragraph', 'Page two']);
});

test('the title in its properties is the title', async () => {
  expect((await extract('pdf', await createPdf([['Text']], { title: 'The title' }))).title).toBe('The title');
  expect((await extract('pdf', await createPdf([['Text']]))).title).toBeUndefined();
});

const whole = await createPdf([['Text'], ['More']]);

test.each([
  ['only pictures', await createScannedPdf(), 'The PDF holds no text: a scan needs character recognition first'],
  ['a password', createEncryptedPdf(), 'The PDF is encrypted'],
  ['no end', whole.slice(0, whole.length / 2), 'The PDF is cut off'],
  ['no beginning', whole.slice(200), 'The file is not a PDF, whatever its name says'],
  ['another kind of content', Buffer.from('PK\u0003\u0004 zip'), 'The file is not a PDF, whatever its name says'],
  ['nothing behind its mark', Buffer.from('%PDF-1.7\nnothing here\n%%EOF'), 'The PDF is damaged'],
  [
    'damage all over',
    whole.map((byte, at) => (at > 20 && at < whole.length - 20 ? byte ^ 0x55 : byte)),
    'The PDF is damaged',
  ],
])('a PDF with %s is refused with the reason', async (_, pdf, detail) => {
  await expect(extract('pdf', pdf)).rejects.toMatchObject({ code: 'unprocessable_document', detail });
});

test('what was given is left as it is', async () => {
  const given = Uint8Array.from(whole);
  await extract('pdf', given);
  expect(given).toEqual(whole);
});
