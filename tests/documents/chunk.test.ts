import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { maxChunkLength, toChunks } from '#lib/documents/chunk.ts';
import type { Extracted } from '#lib/documents/extract/extracted.ts';
import { extractHtml } from '#lib/documents/extract/html.ts';
import { extractMarkdown } from '#lib/documents/extract/markdown.ts';
import { extractText } from '#lib/documents/extract/text.ts';
import { textOfAllKinds } from './any-text.ts';

const withoutSpaces = (text: string): string => text.replace(/\s+/g, '');

function expectSound(extracted: Extracted): void {
  const { text, blocks } = extracted;
  const chunks = toChunks(extracted);
  let last = 0;
  for (const chunk of chunks) {
    expect(text.slice(chunk.start, chunk.end)).toBe(chunk.text);
    expect(chunk.text.length).toBeLessThanOrEqual(maxChunkLength);
    expect(chunk.text.trim()).toBe(chunk.text);
    expect(chunk.text).not.toBe('');
    expect(chunk.text.isWellFormed()).toBe(true);
    expect(chunk.start).toBeGreaterThanOrEqual(last);
    last = chunk.end;
  }
  const ofBlocks = blocks.map(({ start, end }) => text.slice(start, end)).join('');
  expect(withoutSpaces(chunks.map((chunk) => chunk.text).join(''))).toBe(withoutSpaces(ofBlocks));
}

test.each([
  ['text', extractText],
  ['Markdown', extractMarkdown],
])('chunks of any %s hold all of it, in order, each at its offsets', (_, extract) => {
  fc.assert(
    fc.property(textOfAllKinds, (text) => {
      const extracted = extract(text);
      expect(extracted.text).toBe(text);
      expectSound(extracted);
      const blocks = extracted.blocks.map(({ start, end }) => text.slice(start, end)).join('');
      expect(withoutSpaces(blocks)).toBe(withoutSpaces(text));
    }),
    { numRuns: 150 },
  );
});

test('chunks of any page hold all of its text, in order, each at its offsets', () => {
  fc.assert(
    fc.property(textOfAllKinds, (text) => expectSound(extractHtml(text))),
    { numRuns: 100 },
  );
});

test('a heading starts a chunk, but not one of its own', () => {
  const chunks = toChunks(extractMarkdown('# A\n\n## B\n\nbody\n\n## C\n\nmore'));
  expect(chunks.map(({ text }) => text)).toEqual(['# A\n\n## B\n\nbody', '## C\n\nmore']);
  expect(chunks.map(({ headings }) => headings)).toEqual([
    ['A', 'B'],
    ['A', 'C'],
  ]);
});

test('paragraphs share a chunk while they fit, and are cut between them where they do not', () => {
  const paragraph = 'A sentence of some words. '.repeat(30).trim();
  const text = Array.from({ length: 6 }, () => paragraph).join('\n\n');
  const chunks = toChunks(extractText(text));
  expect(chunks.map((chunk) => chunk.text)).toEqual(Array.from({ length: 3 }, () => `${paragraph}\n\n${paragraph}`));
});

test('a long paragraph is cut after a sentence', () => {
  const text = 'This sentence has exactly these words. '.repeat(200);
  for (const chunk of toChunks(extractText(text))) expect(chunk.text).toMatch(/^This .* words\.$/);
});

test('a very long heading is named by its start, never by half a character', () => {
  const [chunk] = toChunks(extractMarkdown(`# ${'😀'.repeat(3_000)}\n\ntext`));
  expect(chunk?.headings[0]).toBe('😀'.repeat(100));
  const [odd] = toChunks(extractMarkdown(`# x${'😀'.repeat(3_000)}\n\ntext`));
  expect(odd?.headings[0]).toBe(`x${'😀'.repeat(99)}`);
});

test('a document of nothing but headings without end is too large', () => {
  expect(() => toChunks(extractMarkdown('# a\nb\n'.repeat(50_000)))).toThrow(
    expect.objectContaining({ code: 'too_large' }),
  );
});
