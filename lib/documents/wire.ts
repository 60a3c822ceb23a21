import type { DocumentRecord } from '#lib/retrieval/engine.ts';
import type { Problem } from '#lib/core/api-error.ts';
import type { DocumentPage } from './list-documents.ts';
import type { IngestResult } from './ingest.ts';

/** Documents as clients see them. */

export const toDocumentBody = ({
  id,
  title,
  mediaType,
  metadata,
  groups,
  chunks,
  contentHash,
  createdAt,
  updatedAt,
}: DocumentRecord) => ({
  id,
  title,
  media_type: mediaType,
  metadata,
  groups,
  chunks,
  content_hash: contentHash,
  created_at: createdAt,
  updated_at: updatedAt,
});

export const toPageBody = ({ documents, nextCursor }: DocumentPage) => ({
  documents: documents.map(toDocumentBody),
  ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }),
});

/** Each result as it comes, with how far the batch is, then one `finish`. */
export async function* toProgress(results: AsyncIterable<IngestResult>, total: number): AsyncGenerator<object> {
  let done = 0;
  for await (const result of results) {
    done += 1;
    yield { type: 'result', ...result, done, total };
  }
  yield { type: 'finish', done, total };
}

export const toProgressError = (problem: Problem): object => ({ ...problem, type: 'error' });
