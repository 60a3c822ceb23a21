import { Parser } from 'htmlparser2';
import { createTextBuilder, unprocessable, type Extracted } from './extracted.ts';
import { blockElements, cellContent, isCell, skippedElements, toHeadingLevel } from './html-elements.ts';

/** Browsers stop at 512. The parser's work at each tag grows with the depth. */
const maxDepth = 2_000;
const maxTitleLength = 500;

const collapse = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** What a reader of the page sees, block by block. Never runs, loads or follows anything. */
export function extractHtml(html: string): Extracted {
  const builder = createTextBuilder();
  let parts: string[] = [];
  let isRowStarted = false;
  let pageTitle = '';
  let isTitle = false;
  let firstHeading: string | undefined;
  let level: number | undefined;
  let depth = 0;
  /** The depth of the outermost element that is not read. */
  let skippedFrom: number | undefined;
  let preformatted = 0;
  let cells = 0;

  const flush = () => {
    const buffer = parts.join('');
    const text = preformatted > 0 ? buffer.trimEnd().replace(/^\n+/, '') : collapse(buffer);
    if (level === 1 && text !== '') firstHeading ??= text;
    builder.add(text, level);
    parts = [];
    isRowStarted = false;
  };
  const breakBlock = (name: string) => {
    if (preformatted > 0 && name !== 'pre') {
      if (name === 'br' || !parts.at(-1)?.endsWith('\n')) parts.push('\n');
    } else if (cells > 0 && cellContent.has(name)) parts.push(' ');
    else flush();
  };

  const parser = new Parser({
    onopentag(name, { hidden }) {
      depth += 1;
      if (depth > maxDepth) throw unprocessable(`The page is nested deeper than ${maxDepth}`);
      if (skippedFrom !== undefined) return;
      if (skippedElements.has(name) || hidden !== undefined) {
        skippedFrom = depth;
        isTitle = name === 'title' && pageTitle === '';
        return;
      }
      if (blockElements.has(name)) breakBlock(name);
      if (isCell(name)) {
        if (isRowStarted) parts.push(' | ');
        isRowStarted = true;
        cells += 1;
      }
      if (name === 'pre') preformatted += 1;
      level = toHeadingLevel(name) ?? level;
    },
    ontext(text) {
      if (isTitle && pageTitle.length < maxTitleLength) pageTitle += text;
      if (skippedFrom === undefined) parts.push(text);
    },
    onclosetag(name) {
      depth -= 1;
      if (skippedFrom !== undefined) {
        if (depth >= skippedFrom) return;
        skippedFrom = undefined;
        isTitle = false;
        return;
      }
      if (isCell(name)) cells -= 1;
      // A void element has been dealt with when it was opened.
      if (blockElements.has(name) && name !== 'br' && name !== 'hr') breakBlock(name);
      if (name === 'pre') preformatted -= 1;
      if (toHeadingLevel(name) !== undefined) level = undefined;
    },
  });
  parser.write(html);
  parser.end();
  flush();
  return builder.build(collapse(pageTitle) || firstHeading);
}
