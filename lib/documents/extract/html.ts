import { Parser } from 'htmlparser2';
import { createTextBuilder, type Extracted } from './extracted.ts';

const skipped = new Set([
  'script',
  'style',
  'noscript',
  'template',
  'svg',
  'math',
  'head',
  'iframe',
  'object',
  'select',
]);
const blockElements = new Set(
  'address article aside blockquote body br caption dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody tfoot thead tr ul'.split(
    ' ',
  ),
);
const cells = new Set(['td', 'th']);
const headings = /^h([1-6])$/;

/** What a reader of the page sees, block by block. Never runs, loads or follows anything. */
export function extractHtml(html: string): Extracted {
  const builder = createTextBuilder();
  let buffer = '';
  let title = '';
  let skipping = 0;
  let isTitle = false;
  let level: number | undefined;
  let preformatted = 0;

  const flush = () => {
    const text = preformatted > 0 ? buffer.replace(/^\n+|\s+$/g, '') : buffer.replace(/[\s\u00a0]+/g, ' ').trim();
    builder.add(text, level);
    buffer = '';
  };

  const parser = new Parser({
    onopentag(name) {
      if (name === 'title') isTitle = true;
      if (skipped.has(name)) skipping += 1;
      if (skipping > 0) return;
      if (blockElements.has(name)) flush();
      if (cells.has(name) && buffer.trim() !== '') buffer += ' | ';
      if (name === 'pre') preformatted += 1;
      const heading = headings.exec(name)?.[1];
      if (heading !== undefined) level = Number(heading);
    },
    ontext(text) {
      if (isTitle && title.length < 500) title += text;
      if (skipping === 0) buffer += text;
    },
    onclosetag(name) {
      if (name === 'title') isTitle = false;
      if (skipped.has(name)) skipping = Math.max(0, skipping - 1);
      if (skipping > 0) return;
      if (blockElements.has(name)) flush();
      if (name === 'pre') preformatted = Math.max(0, preformatted - 1);
      if (headings.test(name)) level = undefined;
    },
  });
  parser.write(html);
  parser.end();
  flush();
  return builder.build(title.replace(/\s+/g, ' ').trim() || undefined);
}
