import type { Block, Extracted } from './extracted.ts';
import { linesOf, type Line } from './lines.ts';
import { closes, toAtxHeading, toFence, toUnderlineLevel, type Fence } from './markdown-lines.ts';

/**
 * The blocks of a Markdown source: headings, fenced code whole, paragraphs, the front matter. The text
 * is the source itself, so that a quote's offsets hold in the file that was uploaded.
 */
export function extractMarkdown(text: string): Extracted {
  const blocks: Block[] = [];
  let open: (Block & { lines: number }) | undefined;
  let fence: Fence | undefined;
  const frontMatter = toFrontMatter(text);

  const extend = (line: Line) => {
    if (open) {
      open.end = line.end;
      open.lines += 1;
    } else {
      open = { start: line.start, end: line.end, lines: 1 };
      blocks.push(open);
    }
  };
  const addHeading = (start: number, end: number, level: number, heading: string) => {
    open = undefined;
    blocks.push({ start, end, heading: { level, text: heading } });
  };

  for (const line of linesOf(text)) {
    if (line.start < frontMatter.length) {
      extend(line);
      if (line.end >= frontMatter.length) open = undefined;
      continue;
    }
    const found = toFence(line.text);
    if (fence) {
      extend(line);
      if (!closes(fence, found)) continue;
      fence = undefined;
      open = undefined;
      continue;
    }
    const heading = toAtxHeading(line.text);
    const underline = open?.lines === 1 && isProse(text[open.start]) ? toUnderlineLevel(line.text) : undefined;
    if (heading) {
      addHeading(line.start, line.end, heading.level, heading.text);
    } else if (open && underline !== undefined) {
      blocks.pop();
      addHeading(open.start, line.end, underline, text.slice(open.start, open.end).trim());
    } else if (line.text.trim() === '') {
      open = undefined;
    } else {
      if (found) open = undefined;
      extend(line);
      fence = found;
    }
  }
  const title = blocks.find((block) => block.heading?.level === 1)?.heading?.text;
  return { text, title: frontMatter.title ?? (title || undefined), blocks };
}

/** A line of dashes below a list, a quote or a table is a rule, not an underline. */
const isProse = (first: string | undefined): boolean => !'-*+>| '.includes(first ?? ' ');

const maxFrontMatter = 10_000;

/** The `key: value` lines between two `---` at the very start. */
function toFrontMatter(text: string): { length: number; title: string | undefined } {
  const [, front] = /^---\r?\n([\w-]+:[^]*?\n)---[ \t]*(?:\r?\n|$)/.exec(text.slice(0, maxFrontMatter)) ?? [];
  if (front === undefined) return { length: 0, title: undefined };
  const [, quoted, plain] = /^title:[ \t]*(?:["']([^"'\n]+)["']|([^"'\s].*))/m.exec(front) ?? [];
  const mark = text.indexOf('\n') + 1;
  return { length: mark + front.length + '---'.length, title: (quoted ?? plain)?.trim() || undefined };
}
