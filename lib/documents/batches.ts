const maxDocuments = 32;
export const maxBatchSize = 1024 * 1024;

interface Batchable {
  id: string;
  /** Characters or bytes. */
  size: number;
}

/**
 * Groups that are written together: big enough that a commit costs little, small enough that results
 * come soon. An id given twice goes to a later batch, so that the last one wins.
 */
export function* toBatches<Item extends Batchable>(items: readonly Item[]): Generator<Item[]> {
  let batch: Item[] = [];
  let ids = new Set<string>();
  let size = 0;
  for (const item of items) {
    const isFull = batch.length >= maxDocuments || size + item.size > maxBatchSize || ids.has(item.id);
    if (isFull && batch.length > 0) {
      yield batch;
      batch = [];
      ids = new Set();
      size = 0;
    }
    batch.push(item);
    ids.add(item.id);
    size += item.size;
  }
  if (batch.length > 0) yield batch;
}
