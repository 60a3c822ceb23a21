import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readLines } from '#lib/core/read-lines.ts';

/** The text in pieces of the given length. */
async function* split(text: string, length: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += length) yield bytes.subarray(start, start + length);
}

test('lines are the same, wherever the pieces of the text end', async () => {
  const line = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\n'));
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 30 }), async (lines, length) => {
      const text = lines.map((one) => `${one}\n`).join('');
      expect(await Array.fromAsync(readLines(split(text, length), 1_000))).toEqual(lines);
      expect(await Array.fromAsync(readLines(split(`${text}last`, length), 1_000))).toEqual([...lines, 'last']);
    }),
  );
});

test('a line that is too long is not given, and no other', async () => {
  const text = ['short', 'x'.repeat(11), 'y'.repeat(10), 'z'.repeat(500), 'last'].join('\n');
  for (const length of [1, 3, 1_000]) {
    expect(await Array.fromAsync(readLines(split(text, length), 10))).toEqual([
      'short',
      undefined,
      'y'.repeat(10),
      undefined,
      'last',
    ]);
  }
});
