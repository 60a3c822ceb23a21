import { describeReindexing } from '#tests/contracts/reindexing.ts';
import { createTestEngine, openServer, secureServer } from '../support/opensearch.ts';

const toVectors = (embedder: string | undefined) => embedder && { embedder, dimensions: 4 };

describeReindexing('opensearch', {
  open: async (embedder) =>
    createTestEngine(openServer(), { vectors: toVectors(embedder) || undefined, freshMilliseconds: 500 }),
});
describeReindexing('opensearch behind its security plugin', {
  open: async (embedder) =>
    createTestEngine(secureServer(), { vectors: toVectors(embedder) || undefined, freshMilliseconds: 500 }),
});
