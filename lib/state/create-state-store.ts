import { join } from 'node:path';
import { ConfigurationError, type Environment } from '#lib/config/env.ts';
import type { serverEnv, stateEnv } from '#lib/config/variables.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { RedisClient } from './redis/commands.ts';
import type { StateStore } from './store.ts';

export type StateEnvironment = Environment<typeof stateEnv & Pick<typeof serverEnv, 'DATA_DIR'>>;

interface Telemetry {
  logger: Logger;
  metrics: Metrics;
}

async function createIoredisClient(env: StateEnvironment): Promise<RedisClient> {
  const { REDIS_URL: addresses, REDIS_CLUSTER, REDIS_MAX_CONNECTIONS: maxConnections, DB_PASSWORD: password } = env;
  if (!addresses) throw new ConfigurationError(['REDIS_URL must be set where STATE_STORE is redis']);
  const { createIoredisCommands } = await import('./redis/commands-ioredis.ts');
  const isCluster = REDIS_CLUSTER || addresses.length > 1;
  return createIoredisCommands({ addresses, isCluster, password, maxConnections });
}

async function createUpstashClient(env: StateEnvironment): Promise<RedisClient> {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = env;
  const missing = Object.entries({ UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token })
    .filter(([, value]) => value === undefined)
    .map(([name]) => `${name} must be set where STATE_STORE is upstash`);
  if (url === undefined || token === undefined) throw new ConfigurationError(missing);
  const { createUpstashCommands } = await import('./redis/commands-upstash.ts');
  return createUpstashCommands({ url, token });
}

async function createGuardedStore(
  client: RedisClient,
  env: StateEnvironment,
  telemetry: Telemetry,
): Promise<StateStore> {
  const { createGuardedCommands } = await import('./redis/guarded-commands.ts');
  const { createRedisStore } = await import('./store-redis.ts');
  const budgetMilliseconds = env.STATE_TIMEOUT_MILLISECONDS;
  return createRedisStore(createGuardedCommands({ client, budgetMilliseconds, ...telemetry }));
}

async function createEmbeddedStore(env: StateEnvironment): Promise<StateStore> {
  const { createSqliteStore } = await import('./store-sqlite.ts');
  return createSqliteStore(join(env.DATA_DIR, 'state.db'));
}

/** The store that the environment names. Its client is loaded only where it is used. Throws `ConfigurationError`. */
export async function createStateStore(env: StateEnvironment, telemetry: Telemetry): Promise<StateStore> {
  if (env.STATE_STORE === 'redis') return createGuardedStore(await createIoredisClient(env), env, telemetry);
  if (env.STATE_STORE === 'upstash') return createGuardedStore(await createUpstashClient(env), env, telemetry);
  return createEmbeddedStore(env);
}
