import { toIngestItem } from './ingest-item.ts';
import type { DocumentSource, RejectedSource } from './source.ts';

/** What a batch asks for, in few words: the same for the same documents, however their body was encoded. */
export const toBatchContent = (sources: readonly (DocumentSource | RejectedSource)[]): unknown =>
  sources.map((source) => {
    const { id, fingerprint, rejection } = toIngestItem(source, '');
    return rejection instanceof Error ? [id, rejection.message] : [id, fingerprint];
  });
