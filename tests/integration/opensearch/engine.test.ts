import { describeSearchEngine } from '#tests/contracts/search-engine.ts';
import { testEmbedder } from '#tests/contracts/search-engine/under-test.ts';
import { createTestEngine, openServer, secureServer } from '../support/opensearch.ts';

const vectors = { embedder: testEmbedder, dimensions: 4 };

describeSearchEngine('opensearch', { open: async () => createTestEngine(openServer()), hasVectors: false });
describeSearchEngine('opensearch with vectors', {
  open: async () => createTestEngine(openServer(), { vectors }),
  hasVectors: true,
});
describeSearchEngine('opensearch behind its security plugin', {
  open: async () => createTestEngine(secureServer(), { vectors }),
  hasVectors: true,
});
