import { expect, test } from 'vitest';
import { toChunks } from '#lib/documents/chunk.ts';
import { extract } from '#lib/documents/extract/extract.ts';
import { extractMarkdown } from '#lib/documents/extract/markdown.ts';
import { extractBlocks } from './extracted-blocks.ts';

test('headings of both kinds are headings, without their marks', async () => {
  const source = 'Guide\n=====\nintro\n\n## Set up ##\n\nPart two\n---\n   ### Three #hash\n#no heading\n    # code\n';
  expect(await extractBlocks('markdown', source)).toEqual([
    'h1 Guide',
    'intro',
    'h2 Set up',
    'h2 Part two',
    'h3 Three #hash',
    '#no heading\n    # code',
  ]);
});

test('each chunk knows the headings above it, and only those', () => {
  const source = '# A\n\none\n\n## B\n\ntwo\n\n### C\n\nthree\n\n## D\n\nfour\n\n# E\n\nfive';
  expect(toChunks(extractMarkdown(source)).map(({ headings }) => headings)).toEqual([
    ['A'],
    ['A', 'B'],
    ['A', 'B', 'C'],
    ['A', 'D'],
    ['E'],
  ]);
});

test('what stands in fenced code is no heading, and the code stays whole', async () => {
  const code = '```sh\n# a remark\n\nrun\n```js\n~~~\n```';
  expect(await extractBlocks('markdown', `before\n${code}\n# After\n`)).toEqual(['before', code, 'h1 After']);
});

test('code that fits a chunk is never cut', () => {
  const code = `\`\`\`\n${'const a = 1; \n'.repeat(100)}\`\`\``;
  const chunks = toChunks(extractMarkdown(`${'Some words before. '.repeat(50)}\n${code}\n${'And after. '.repeat(80)}`));
  expect(chunks.filter(({ text }) => text.includes('```')).map(({ text }) => text.split('```').length)).toEqual([3]);
});

test('three backticks within a line open nothing', async () => {
  expect(await extractBlocks('markdown', '```code``` here\n\n# Heading')).toEqual(['```code``` here', 'h1 Heading']);
});

test('a fence that is never closed holds the rest', async () => {
  expect(await extractBlocks('markdown', '~~~\n# a\n\n# b')).toEqual(['~~~\n# a\n\n# b']);
});

test('a rule below a list, a quote or an empty line is no underline', async () => {
  const source = '- item\n---\n\n> quote\n---\n\n---\ntext';
  expect(await extractBlocks('markdown', source)).toEqual(['- item\n---', '> quote\n---', '---\ntext']);
});

test('the title is the front matter’s, or the first outermost heading', async () => {
  expect((await extract('markdown', '---\ntitle: "The title"\ntags: [a]\n---\n# Other')).title).toBe('The title');
  expect((await extract('markdown', '## Not this\n\n# This\n\n# Nor this')).title).toBe('This');
  expect((await extract('markdown', '---\n\nno front matter\n\n---\n\ntext')).title).toBeUndefined();
});
