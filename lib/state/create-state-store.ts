import { join } from 'node:path';
import type { Environment } from '#lib/config/env.ts';
import type { serverEnv, stateEnv } from '#lib/config/variables.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { StateStore } from './store.ts';

export type StateEnvironment = Environment<typeof stateEnv & Pick<typeof serverEnv, 'DATA_DIR'>>;

/** The store that the environment names. Its client is loaded only where it is used. Throws `ConfigurationError`. */
export async function createStateStore(
  env: StateEnvironment,
  _telemetry: { logger: Logger; metrics: Metrics },
): Promise<StateStore> {
  const { createSqliteStore } = await import('./store-sqlite.ts');
  return createSqliteStore(join(env.DATA_DIR, 'state.db'));
}
