import { readFileSync } from 'node:fs';
import { createOpenSearchEngine, type OpenSearchEngineOptions } from '#lib/retrieval/engine-opensearch.ts';
import { createTenantTokens } from '#lib/retrieval/opensearch/tenant-tokens.ts';
import type { TransportOptions } from '#lib/retrieval/opensearch/transport.ts';
import type { SearchEngine } from '#lib/retrieval/engine.ts';
import { createTestTransport } from '#tests/support/opensearch-transport.ts';
import { requireVariable } from '#tests/support/real-engines.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined, flush: () => undefined };

/** The nodes that `.ci/run` starts: one without security, one with the files in knative/data/opensearch-security. */
export const openServer = (): Pick<TransportOptions, 'url'> => ({ url: requireVariable('TEST_OPENSEARCH_URL') });

export const secureSecret = (): Uint8Array => new TextEncoder().encode(requireVariable('TEST_OPENSEARCH_JWT_SECRET'));

export const secureServer = (): Partial<TransportOptions> & { url: string } => ({
  url: requireVariable('TEST_OPENSEARCH_SECURE_URL'),
  username: 'genai',
  password: requireVariable('TEST_OPENSEARCH_PASSWORD'),
  authority: readFileSync(requireVariable('TEST_OPENSEARCH_CA_FILE'), 'utf8'),
  mintTenantToken: createTenantTokens(secureSecret(), Date.now),
});

export const createTestEngine = (
  server: Partial<TransportOptions> & { url: string },
  options: Partial<OpenSearchEngineOptions> = {},
): SearchEngine =>
  createOpenSearchEngine({
    transport: createTestTransport(server),
    vectors: undefined,
    knnEngine: 'lucene',
    replicas: 0,
    confirm: async () => true,
    logger: quiet,
    ...options,
  });
