import { join } from 'node:path';
import { ConfigurationError, type Environment } from '#lib/config/env.ts';
import type { serverEnv, stateEnv } from '#lib/config/variables.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { RedisClient } from './redis/commands.ts';
import type { State } from './state.ts';

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

async function createGuardedState(client: RedisClient, env: StateEnvironment, telemetry: Telemetry): Promise<State> {
  const { createGuardedCommands } = await import('./redis/guarded-commands.ts');
  const { createRedisState } = await import('./create-redis-state.ts');
  const budgetMilliseconds = env.STATE_TIMEOUT_MILLISECONDS;
  const commands = createGuardedCommands({ client, budgetMilliseconds, ...telemetry });
  return createRedisState(commands, env.LEDGER_MAX_ENTRIES);
}

async function createEmbeddedState(env: StateEnvironment): Promise<State> {
  const { createSqliteState } = await import('./create-sqlite-state.ts');
  return createSqliteState(join(env.DATA_DIR, 'state.db'));
}

/** The state that the environment names. Its client is loaded only where it is used. Throws `ConfigurationError`. */
export async function createState(env: StateEnvironment, telemetry: Telemetry): Promise<State> {
  if (env.STATE_STORE === 'redis') return createGuardedState(await createIoredisClient(env), env, telemetry);
  if (env.STATE_STORE === 'upstash') return createGuardedState(await createUpstashClient(env), env, telemetry);
  return createEmbeddedState(env);
}
