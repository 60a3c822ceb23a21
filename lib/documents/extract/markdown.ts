import type { Block, Extracted } from './extracted.ts';
import { linesOf } from './lines.ts';

const headingLine = /^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$/;
const fenceLine = /^ {0,3}(`{3,}|~{3,})/;

/**
 * The blocks of a Markdown source: ATX headings, fenced code whole, paragraphs. The text is the
 * source itself, so that a quote's offsets hold in the file that was uploaded.
 */
export function extractMarkdown(text: string): Extracted {
  const blocks: Block[] = [];
  let open: Block | undefined;
  let fence: string | undefined;
  let title: string | undefined;

  const extend = (line: { start: number; end: number }) => {
    if (open) {
      open.end = line.end;
    } else {
      open = { start: line.start, end: line.end };
      blocks.push(open);
    }
  };

  for (const line of linesOf(text)) {
    const marker = fenceLine.exec(line.text)?.[1];
    if (fence !== undefined) {
      extend(line);
      if (marker?.startsWith(fence)) fence = undefined;
      continue;
    }
    const [, hashes, heading] = headingLine.exec(line.text) ?? [];
    if (hashes !== undefined) {
      open = undefined;
      blocks.push({ start: line.start, end: line.end, level: hashes.length });
      title ??= hashes.length === 1 ? heading : undefined;
    } else if (line.text.trim() === '') {
      open = undefined;
    } else {
      extend(line);
      fence = marker;
    }
  }
  return { text, title, blocks };
}

/** A heading as readers see it, without its marks. */
export const toHeadingText = (source: string): string => headingLine.exec(source)?.[2] ?? source.trim();
