/**
 * What a line of Markdown is. Written by hand: regular expressions for these take quadratic time and
 * more on lines that are made to take it.
 */

const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t';

/** Where the line's text starts, or undefined where it stands so far in that it is no mark. */
function indentOf(line: string): number | undefined {
  let indent = 0;
  while (line[indent] === ' ') {
    indent += 1;
    if (indent > 3) return undefined;
  }
  return indent;
}

function runLength(line: string, start: number, character: string): number {
  let end = start;
  while (line[end] === character) end += 1;
  return end - start;
}

/** The text of an ATX heading without the marks at its end. */
function withoutClosingMarks(text: string): string {
  let end = text.length;
  while (text[end - 1] === '#') end -= 1;
  return end === 0 || isBlank(text[end - 1]) ? text.slice(0, end).trimEnd() : text;
}

/** `## Like this ##`. */
export function toAtxHeading(line: string): { level: number; text: string } | undefined {
  const start = indentOf(line);
  if (start === undefined || line[start] !== '#') return undefined;
  const level = runLength(line, start, '#');
  const next = line[start + level];
  if (level > 6 || !(next === undefined || isBlank(next))) return undefined;
  return { level, text: withoutClosingMarks(line.slice(start + level).trim()) };
}

/** The level that a line of `===` or `---` gives to the line above it. */
export function toUnderlineLevel(line: string): number | undefined {
  const start = indentOf(line);
  const mark = start === undefined ? undefined : line[start];
  if (start === undefined || (mark !== '=' && mark !== '-')) return undefined;
  const end = start + runLength(line, start, mark);
  if (line.slice(end).trim() !== '') return undefined;
  return mark === '=' ? 1 : 2;
}

export interface Fence {
  mark: string;
  length: number;
  /** What stands behind the marks: the name of a language, or nothing. */
  info: string;
}

/** The start or the end of fenced code. */
export function toFence(line: string): Fence | undefined {
  const start = indentOf(line);
  const mark = start === undefined ? undefined : line[start];
  if (start === undefined || (mark !== '`' && mark !== '~')) return undefined;
  const length = runLength(line, start, mark);
  if (length < 3) return undefined;
  const info = line.slice(start + length).trim();
  // Three backticks that close on their own line are code within a paragraph.
  return mark === '`' && info.includes('`') ? undefined : { mark, length, info };
}

export const closes = (open: Fence, fence: Fence | undefined): boolean =>
  fence !== undefined && fence.mark === open.mark && fence.length >= open.length && fence.info === '';
