import type { Chunk } from '#lib/retrieval/engine.ts';
import { toChunks } from './chunk.ts';
import { extract } from './extract/extract.ts';
import type { DocumentFormat } from './media-type.ts';

/** Grows when extraction or chunking changes, so that the same content is prepared anew. */
export const prepareVersion = 2;

export interface Prepared {
  text: string;
  title: string | undefined;
  chunks: Chunk[];
}

/** From what a client sent to what is stored and indexed. Throws as `extract` and `toChunks` do. */
export async function prepare(format: DocumentFormat, content: string | Uint8Array): Promise<Prepared> {
  const extracted = await extract(format, content);
  return { text: extracted.text, title: extracted.title, chunks: toChunks(extracted) };
}
