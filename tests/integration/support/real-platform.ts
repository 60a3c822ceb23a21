import { createTestPlatform, type TestPlatform } from '#tests/support/platform.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';
import { requireVariable } from './environment.ts';

/** The variables of a platform on OpenSearch behind its security plugin, as production has it. */
export const secureSearchEnv = (): Record<string, string> => ({
  SEARCH_ENGINE: 'opensearch',
  OPENSEARCH_URL: requireVariable('TEST_OPENSEARCH_SECURE_URL'),
  OPENSEARCH_CA_FILE: requireVariable('TEST_OPENSEARCH_CA_FILE'),
  OPENSEARCH_USERNAME: 'genai',
  OPENSEARCH_PASSWORD: requireVariable('TEST_OPENSEARCH_PASSWORD'),
  OPENSEARCH_SECURITY: 'jwt',
  OPENSEARCH_JWT_SECRET: requireVariable('TEST_OPENSEARCH_JWT_SECRET'),
});

/** All functions on a real Redis and a real OpenSearch behind its security plugin; ends with the test. */
export async function createRealPlatforms(count: number, env: NodeJS.ProcessEnv = {}): Promise<TestPlatform[]> {
  const redis = await startRedisServer();
  const variables = { STATE_STORE: 'redis', REDIS_URL: redis.url, ...secureSearchEnv(), ...env };
  return Promise.all(Array.from({ length: count }, () => createTestPlatform(variables)));
}
