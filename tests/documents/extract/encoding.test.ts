import { expect, test } from 'vitest';
import { extract } from '#lib/documents/extract/extract.ts';

const sample = 'Grüße, 世界 😀';
const utf16le = Buffer.from(`\ufeff${sample}`, 'utf16le');

test.each([
  ['UTF-8', Buffer.from(sample)],
  ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${sample}`)],
  ['UTF-16, little end first', utf16le],
  ['UTF-16, big end first', Buffer.from(utf16le).swap16()],
])('text in %s is read', async (_, bytes) => {
  expect((await extract('text', bytes)).text).toBe(sample);
});

test('a byte order mark is no text', async () => {
  expect((await extract('markdown', '\ufeff# Heading')).title).toBe('Heading');
  expect((await extract('json', '["\ufefftext"]')).text).toBe('text');
});

test.each([
  ['no UTF-8', Buffer.from([0x61, 0xff, 0x62])],
  ['cut within a character', Buffer.from('é').subarray(0, 1)],
  ['UTF-16 with half a pair', Buffer.from([0xff, 0xfe, 0x00, 0xd8])],
  ['binary data', Buffer.from('a\0b')],
  ['an executable', Buffer.from('7f454c4602010100000000000000000003003e00', 'hex')],
  ['nothing', Buffer.alloc(0)],
  ['blanks', Buffer.from(' \r\n\t\u00a0\u3000')],
])('%s is refused as text', async (_, bytes) => {
  await expect(extract('text', bytes)).rejects.toMatchObject({ code: 'unprocessable_document' });
});

test('the limit counts characters, not bytes', async () => {
  const characters = 6 * 1024 * 1024;
  const { text } = await extract('text', Buffer.from('世'.repeat(characters)));
  expect(text).toHaveLength(characters);
  await expect(extract('text', 'a'.repeat(16 * 1024 * 1024 + 1))).rejects.toMatchObject({ code: 'too_large' });
});
