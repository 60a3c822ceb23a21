import type { Chunk } from '#lib/retrieval/engine.ts';
import type { Block, Extracted } from './extract/extracted.ts';
import { toHeadingText } from './extract/markdown.ts';

/**
 * Characters of a chunk at most: about 450 tokens of English. On SciFact's train claims 2,000 gave a
 * better nDCG@10 than 1,200 or whole abstracts (.706, .700 and .704).
 */
export const maxChunkLength = 2_000;
const maxHeadingLength = 200;

interface Span {
  start: number;
  end: number;
}

const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Cuts what is longer than a chunk at sentences, and what still is, between characters. */
function* splitSpan(text: string, { start, end }: Span): Generator<Span> {
  if (end - start <= maxChunkLength) {
    yield { start, end };
    return;
  }
  // The segmenter is asked in windows: its time grows faster than its text.
  for (let windowStart = start; windowStart < end;) {
    const windowEnd = Math.min(end, windowStart + maxChunkLength);
    const cut = windowEnd === end ? end : findCut(text, windowStart, windowEnd);
    yield { start: windowStart, end: cut };
    windowStart = cut;
  }
}

/** The last sentence boundary in the later half of the window, else the last space, else a character boundary. */
function findCut(text: string, start: number, end: number): number {
  const half = start + (end - start) / 2;
  const window = text.slice(start, end);
  let cut = -1;
  for (const { index } of sentences.segment(window)) if (start + index > half) cut = start + index;
  if (cut !== -1) return cut;
  const space = text.lastIndexOf(' ', end - 1);
  if (space > half) return space + 1;
  const isPair = /[\ud800-\udbff]/.test(text[end - 1] ?? '');
  return isPair ? end - 1 : end;
}

function trim(text: string, { start, end }: Span): Span {
  const slice = text.slice(start, end);
  return { start: start + slice.length - slice.trimStart().length, end: end - (slice.length - slice.trimEnd().length) };
}

const toHeading = (text: string, { start, end }: Block): string =>
  toHeadingText(text.slice(start, end)).slice(0, maxHeadingLength);

/**
 * Packs blocks into chunks of at most `maxChunkLength` characters. A heading starts a new chunk once
 * the one before holds text; each chunk knows the headings above it. Chunks are in order, do not
 * overlap, and `text` is always the exact substring at `start`–`end`.
 */
export function toChunks({ text, blocks }: Extracted): Chunk[] {
  const chunks: Chunk[] = [];
  let headings: { level: number; text: string }[] = [];
  let open: (Span & { headings: string[]; hasBody: boolean }) | undefined;

  const close = () => {
    if (!open) return;
    const { start, end } = trim(text, open);
    if (end > start) chunks.push({ start, end, text: text.slice(start, end), headings: open.headings });
    open = undefined;
  };

  for (const block of blocks) {
    const { level } = block;
    if (level !== undefined) {
      if (open?.hasBody) close();
      headings = [...headings.filter((heading) => heading.level < level), { level, text: toHeading(text, block) }];
    }
    for (const span of splitSpan(text, block)) {
      if (open && span.end - open.start > maxChunkLength) close();
      open ??= { ...span, headings: headings.map((heading) => heading.text), hasBody: false };
      open.end = span.end;
      if (level === undefined) open.hasBody = true;
      else open.headings = headings.map((heading) => heading.text);
    }
  }
  close();
  return chunks;
}
