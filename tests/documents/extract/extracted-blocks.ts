import type { DocumentFormat } from '#lib/documents/media-type.ts';
import { extract } from '#lib/documents/extract/extract.ts';

/** The texts of a document's blocks; a heading's has its level before it. */
export async function extractBlocks(format: DocumentFormat, content: string | Uint8Array): Promise<string[]> {
  const { text, blocks } = await extract(format, content);
  return blocks.map(({ start, end, heading }) =>
    heading ? `h${heading.level} ${heading.text}` : text.slice(start, end),
  );
}
