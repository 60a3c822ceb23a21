import { LRUCache } from 'lru-cache';
import { sha256Hex } from '#lib/core/digest.ts';
import { toRefText, type TenantRef } from '#lib/tenancy/state-key.ts';
import type { Embedder } from './embedder.ts';
import { toTextBatches } from './text-batches.ts';

const maxBytes = 64 * 1024 * 1024;

const keyOf = (tenant: TenantRef, text: string): string => `${toRefText(tenant)}.${sha256Hex(text)}`;

/**
 * Remembers the vectors of texts by their content's hash: a document whose metadata changed, or a
 * question that is asked again, costs no call. A tenant's own texts only, so that the time an answer
 * takes tells nothing of another's.
 */
export function createCachedEmbedder(embedder: Embedder): Embedder {
  const known = new LRUCache<string, Float32Array>({
    maxSize: maxBytes,
    sizeCalculation: ({ byteLength }, key) => byteLength + key.length,
  });
  return {
    identity: embedder.identity,
    dimensions: embedder.dimensions,
    model: embedder.model,
    async embed(payer, texts, signal) {
      const vectors = new Map<string, Float32Array>();
      for (const text of texts) {
        const vector = known.get(keyOf(payer, text));
        if (vector) vectors.set(text, vector);
      }
      const missing = [...new Set(texts)].filter((text) => !vectors.has(text));
      // Batch by batch: where one fails, those before it are paid for.
      for (const batch of toTextBatches(missing)) {
        const made = await embedder.embed(payer, batch, signal);
        for (const [index, text] of batch.entries()) {
          const vector = made[index];
          if (!vector) continue;
          known.set(keyOf(payer, text), vector);
          vectors.set(text, vector);
        }
      }
      return texts.flatMap((text) => vectors.get(text) ?? []);
    },
  };
}
