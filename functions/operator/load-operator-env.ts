import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEnv, type Environment, type EnvironmentFragment } from '#lib/config/env.ts';
import { authEnv, serverEnv } from '#lib/config/variables.ts';

/** The secret that the platform has made on this laptop: a tool makes none. */
function findLocalSecret(): NodeJS.ProcessEnv {
  const { DATA_DIR, JWT_SECRET, JWT_PRIVATE_KEY, JWKS_URL } = loadEnv({ ...authEnv, DATA_DIR: serverEnv.DATA_DIR });
  if (JWT_SECRET ?? JWT_PRIVATE_KEY ?? JWKS_URL) return {};
  try {
    return { JWT_SECRET: readFileSync(join(DATA_DIR, 'jwt-secret'), 'utf8') };
  } catch {
    return {};
  }
}

/** The variables of a cluster, or of a laptop on which the platform has been started. No file is written. */
export const loadOperatorEnv = <Fragment extends EnvironmentFragment>(fragment: Fragment): Environment<Fragment> =>
  loadEnv(fragment, findLocalSecret());
