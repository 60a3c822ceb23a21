import { canonicalJson, sha256Hex } from '#lib/core/digest.ts';
import { isPlainText } from './media-type.ts';
import type { DocumentSource, RejectedSource } from './source.ts';

/** A document on its way in. */
export interface IngestItem {
  id: string;
  /** Characters or bytes; without end for a file that has to be taken apart, which is a batch by itself. */
  size: number;
  source: DocumentSource | undefined;
  /** Why there is no source. */
  rejection: unknown;
  /** SHA-256 of the content as it was sent, hexadecimal. */
  contentHash: string;
  /** SHA-256 of all that decides what would be stored. */
  fingerprint: string;
}

/** `version` names the way documents are prepared: a new way makes the same content a new document. */
export function toIngestItem(given: DocumentSource | RejectedSource, version: string): IngestItem {
  if ('rejection' in given) {
    return { id: given.id, size: 0, source: undefined, rejection: given.rejection, contentHash: '', fingerprint: '' };
  }
  const { content, mediaType, title, metadata, groups, fileName } = given;
  const contentHash = sha256Hex(content);
  const fingerprint = sha256Hex(
    canonicalJson([version, contentHash, mediaType, title, fileName, metadata, groups.toSorted()]),
  );
  // Without an id the content is the name: sent again, it is the same document.
  return {
    id: given.id ?? contentHash.slice(0, 32),
    size: isPlainText(mediaType) ? content.length : Infinity,
    source: given,
    rejection: undefined,
    contentHash,
    fingerprint,
  };
}
