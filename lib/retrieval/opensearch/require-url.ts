import { ConfigurationError, type Environment } from '#lib/config/env.ts';
import type { engineEnv } from '#lib/config/variables.ts';

/** The URL of the environment's OpenSearch. Throws `ConfigurationError` where it, or what it is used with, is not set. */
export function requireUrl(env: Environment<typeof engineEnv>): string {
  const security = env.OPENSEARCH_SECURITY;
  const needed = [
    'OPENSEARCH_URL',
    ...(security === 'none' ? [] : (['OPENSEARCH_USERNAME', 'OPENSEARCH_PASSWORD'] as const)),
    ...(security === 'jwt' ? (['OPENSEARCH_JWT_SECRET'] as const) : []),
  ] as const;
  const missing = needed.filter((name) => env[name] === undefined);
  if (missing.length > 0 || env.OPENSEARCH_URL === undefined) {
    throw new ConfigurationError(
      missing.map((name) => `${name} must be set with SEARCH_ENGINE=opensearch and OPENSEARCH_SECURITY=${security}`),
    );
  }
  return env.OPENSEARCH_URL;
}
