import type { Metadata } from '#lib/retrieval/filter.ts';

/** One document as a client sends it. */
export interface DocumentSource {
  /** Given by the client, or made from the content. */
  id: string | undefined;
  title: string | undefined;
  fileName: string | undefined;
  mediaType: string;
  /** Text is stored as it is given, to the character. */
  content: string | Uint8Array;
  metadata: Metadata;
  groups: readonly string[];
}

/** A document that could not even be read from the request; the rest of the batch goes on. */
export interface RejectedSource {
  id: string;
  rejection: unknown;
}
