import type { Hit } from '#lib/retrieval/engine.ts';

/** A piece of a document that an answer may be based on, by the number it is cited with. */
export interface Source {
  n: number;
  documentId: string;
  title: string;
  mediaType: string;
  /** Where `text` begins in the document. */
  start: number;
  text: string;
}

export const toSources = (hits: readonly Hit[]): Source[] =>
  hits.map(({ documentId, title, mediaType, start, text }, index) => ({
    n: index + 1,
    documentId,
    title,
    mediaType,
    start,
    text,
  }));
