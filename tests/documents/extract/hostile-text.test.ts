import { expect, test } from 'vitest';
import { toApiError } from '#lib/core/api-error.ts';
import { toChunks } from '#lib/documents/chunk.ts';
import type { DocumentFormat } from '#lib/documents/media-type.ts';
import { extract } from '#lib/documents/extract/extract.ts';

/** A quarter of a million characters each: an expression of quadratic time on one of them outlasts the test. */
const length = 250_000;
const fill = (part: string): string => part.repeat(length / part.length);

const hostile: Record<string, string> = {
  marks: fill('#'),
  'marks and spaces': fill('# '),
  'a heading of spaces': `# ${fill(' ')}x`,
  'a heading of marks': `# x${fill(' #')}x`,
  spaces: `a${fill(' ')}b`,
  tabs: `${fill('\t')}x`,
  'carriage returns': `${fill('\r')}x`,
  'angle brackets': fill('<'),
  'unclosed tags': fill('<a '),
  'unclosed attributes': fill('<a b="'),
  'unclosed comments': fill('<!--'),
  'tags that close nothing': `${'<b>'.repeat(1_900)}${fill('</i>')}x`,
  'many attributes': `<p ${Array.from({ length: 30_000 }, (_, index) => `a${index}`).join(' ')}>x`,
  'many cells': `<table><tr>${fill('<td>x')}`,
  'a long preformatted text': `<pre>x${fill('<br>')}y`,
  'blank lines in a preformatted text': `<pre>${fill(' \n')}x`,
  bars: fill('|'),
  quotes: fill('"'),
  'cells of quotes': fill('a,"'),
  backticks: fill('`'),
  fences: fill('```\n'),
  rules: fill('---\n'),
  'front matter': `---\na:\n${fill('\n--- ')}`,
  ampersands: fill('&amp'),
  brackets: fill('['),
  combining: `a${fill('\u0301')}`,
  joined: fill('👨‍👩‍👧‍👦'),
};

async function outcomeOf(format: DocumentFormat, text: string): Promise<unknown> {
  try {
    return toChunks(await extract(format, text)).length;
  } catch (error) {
    return toApiError(error).code;
  }
}

test.each(Object.entries(hostile))('%s take no more time than other text', async (_, text) => {
  for (const format of ['text', 'markdown', 'html', 'json'] as const)
    expect([expect.any(Number), 'unprocessable_document']).toContainEqual(await outcomeOf(format, text));
});

test('CSV of nothing but quotes, commas or cells is read or refused', async () => {
  const outcomes = [fill('"'), fill('a,"'), fill(',\n'), fill(',')].map((text) => outcomeOf('csv', text));
  expect(await Promise.all(outcomes)).toEqual([
    expect.any(Number),
    'unprocessable_document',
    'unprocessable_document',
    expect.any(Number),
  ]);
});
