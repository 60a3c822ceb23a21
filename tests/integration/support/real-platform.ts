import { createTestPlatform, type TestPlatform } from '#tests/support/platform.ts';
import { startRedisServer, stateEnvOf } from '#tests/support/redis-server.ts';
import { secureSearchEnv } from '#tests/support/real-engines.ts';

/** All functions on a real Redis and a real OpenSearch behind its security plugin; ends with the test. */
export async function createRealPlatforms(count: number, env: NodeJS.ProcessEnv = {}): Promise<TestPlatform[]> {
  const redis = await startRedisServer();
  const variables = { ...stateEnvOf(redis), ...secureSearchEnv(), ...env };
  return Promise.all(Array.from({ length: count }, () => createTestPlatform(variables)));
}
