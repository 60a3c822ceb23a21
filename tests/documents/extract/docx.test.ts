import { strToU8, zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { toChunks } from '#lib/documents/chunk.ts';
import { extract } from '#lib/documents/extract/extract.ts';
import {
  createCompoundFile,
  createDocx,
  createZipBomb,
  heading,
  paragraph,
  picture,
  subheading,
  table,
  withFalseSizes,
} from '../docx-files.ts';
import { extractBlocks } from './extracted-blocks.ts';

test('headings, paragraphs and tables are read, pictures are not', async () => {
  const rows = [
    ['Item', 'Price'],
    ['Pen', '3\neuros'],
  ];
  const docx = await createDocx(
    heading('Guide'),
    paragraph('Intro'),
    subheading('Prices'),
    table(rows),
    picture(),
    paragraph('End'),
  );
  expect(await extractBlocks('docx', docx)).toEqual([
    'h1 Guide',
    'Intro',
    'h2 Prices',
    'Item | Price',
    'Pen | 3 euros',
    'End',
  ]);
  const extracted = await extract('docx', docx);
  expect(extracted.title).toBe('Guide');
  expect(toChunks(extracted).map(({ headings }) => headings)).toEqual([['Guide'], ['Guide', 'Prices']]);
});

const whole = await createDocx(paragraph('Some text'));
const tooLarge = 'The file is too large when unpacked';
const bomb = createZipBomb(130);

test.each([
  ['encrypted, or old', createCompoundFile(), 'The file is encrypted, or of an older format than DOCX'],
  ['another kind of content', Buffer.from('%PDF-1.4'), 'The file is not a DOCX, whatever its name says'],
  ['cut off', whole.slice(0, whole.length / 2), 'The file is cut off'],
  ['a bomb', bomb, tooLarge],
  ['a bomb whose directory lies', withFalseSizes(bomb), tooLarge],
  [
    'damaged',
    whole.map((byte, at) => (at > 100 && at < 3_000 ? byte ^ 0x55 : byte)),
    'The file is not a readable DOCX',
  ],
  ['another archive', zipSync({ 'a.txt': strToU8('text') }), 'The file is not a readable DOCX'],
  ['an archive in an archive', zipSync({ 'inner.docx': whole }), 'The file is not a readable DOCX'],
  ['no XML', zipSync({ 'word/document.xml': strToU8('not xml') }), 'The file is not a readable DOCX'],
])('a DOCX that is %s is refused with the reason', async (_, docx, detail) => {
  await expect(extract('docx', docx)).rejects.toMatchObject({ code: 'unprocessable_document', detail });
});

test('an archive of very many parts is refused', async () => {
  const parts = Object.fromEntries(Array.from({ length: 5_001 }, (_, index) => [`${index}.txt`, new Uint8Array()]));
  await expect(extract('docx', zipSync(parts))).rejects.toMatchObject({ detail: 'The file holds too many parts' });
});

test('what the directory names, but the parts do not hold, is not read', async () => {
  const hidden = zipSync({ 'word/media/picture.png': [bomb, { level: 0 }] });
  await expect(extract('docx', hidden)).rejects.toMatchObject({ detail: 'The file is not a readable DOCX' });
});
