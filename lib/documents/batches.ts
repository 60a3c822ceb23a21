interface Batchable {
  id: string;
  /** Characters or bytes. */
  size: number;
}

/**
 * Groups that are written together: big enough that a commit costs little, small enough that results
 * come soon. An id given twice goes to a later batch, so that the last one wins.
 */
export function* toBatches<Item extends Batchable>(
  items: readonly Item[],
  most: { documents: number; size: number },
): Generator<Item[]> {
  let batch: Item[] = [];
  let ids = new Set<string>();
  let size = 0;
  for (const item of items) {
    const isFull = batch.length >= most.documents || size + item.size > most.size || ids.has(item.id);
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
