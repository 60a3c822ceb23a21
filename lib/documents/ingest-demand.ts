import type { Demand } from '#lib/admission/admission.ts';
import type { EmbeddingDemand } from '#lib/llm/embedding-demand.ts';
import { isPlainText } from './media-type.ts';
import type { DocumentSource, RejectedSource } from './source.ts';

/** What comes out of a file that has to be taken apart, against its size; more ends its document for want of a budget. */
const unpackedRatio = 20;
/** Title and headings stand before each passage. */
const headingRatio = 2;
const titleBytes = 2_000;

function bytesOf({ content, mediaType }: DocumentSource): number {
  const size = typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength;
  return titleBytes + size * (isPlainText(mediaType) ? headingRatio : unpackedRatio);
}

/** What storing the documents may come to. */
export function toIngestDemand(
  toEmbeddingDemand: EmbeddingDemand,
  sources: readonly (DocumentSource | RejectedSource)[],
): Demand {
  const bytes = sources.reduce((sum, source) => sum + ('rejection' in source ? 0 : bytesOf(source)), 0);
  return toEmbeddingDemand(bytes);
}
