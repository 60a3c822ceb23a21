/** Texts that one call for embeddings takes. */
const batchSize = 64;

export function* toTextBatches(texts: readonly string[]): Generator<string[]> {
  for (let start = 0; start < texts.length; start += batchSize) yield texts.slice(start, start + batchSize);
}
