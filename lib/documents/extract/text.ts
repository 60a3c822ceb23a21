import type { Block, Extracted } from './extracted.ts';
import { linesOf } from './lines.ts';

/** Paragraphs of plain text: what empty lines part. */
export function extractText(text: string): Extracted {
  const blocks: Block[] = [];
  let open: Block | undefined;
  for (const line of linesOf(text)) {
    if (line.text.trim() === '') {
      open = undefined;
    } else if (open) {
      open.end = line.end;
    } else {
      open = { start: line.start, end: line.end };
      blocks.push(open);
    }
  }
  return { text, title: undefined, blocks };
}
