import { loadEnv } from '#lib/config/env.ts';
import { serverEnv } from '#lib/config/variables.ts';
import { localEnv, type LocalEnvironment } from './local.ts';
import { readLocalSecret } from './local-secret.ts';

/** The environment of a laptop: nothing has to be set. */
export function loadLocalEnv(): LocalEnvironment {
  const { DATA_DIR } = loadEnv({ DATA_DIR: serverEnv.DATA_DIR });
  return loadEnv(localEnv, { JWT_SECRET: readLocalSecret(DATA_DIR), TENANT_AUTO_CREATE: 'true' });
}
