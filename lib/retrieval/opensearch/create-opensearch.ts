import { readFileSync } from 'node:fs';
import { ConfigurationError, type Environment } from '#lib/config/env.ts';
import type { searchEnv } from '#lib/config/variables.ts';
import { createCircuitBreaker } from '#lib/core/circuit-breaker.ts';
import { createDependencyReport } from '#lib/telemetry/dependency-report.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { TenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import type { SearchEngine } from '../engine.ts';
import { createOpenSearchEngine } from '../engine-opensearch.ts';
import { searchUnavailable } from './errors.ts';
import type { VectorSpace } from './schema.ts';
import { createTenantTokens } from './tenant-tokens.ts';
import { createTransport, type Transport } from './transport.ts';

interface Telemetry {
  logger: Logger;
  metrics: Metrics;
}

interface OpenSearchDeps extends Telemetry {
  tenants: TenantRegistry;
}

function checkEnvironment(env: Environment<typeof searchEnv>): string {
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

function readAuthority(file: string | undefined): string | undefined {
  try {
    return file === undefined ? undefined : readFileSync(file, 'utf8');
  } catch {
    throw new ConfigurationError(['OPENSEARCH_CA_FILE must name a file that can be read']);
  }
}

/** Throws `ConfigurationError`. */
export function createOpenSearchTransport(env: Environment<typeof searchEnv>, telemetry: Telemetry): Transport {
  const url = checkEnvironment(env);
  const report = createDependencyReport('search', telemetry);
  const isOpen = env.OPENSEARCH_SECURITY === 'none';
  const secret = env.OPENSEARCH_SECURITY === 'jwt' ? env.OPENSEARCH_JWT_SECRET : undefined;
  return createTransport({
    url,
    username: isOpen ? undefined : env.OPENSEARCH_USERNAME,
    password: env.OPENSEARCH_PASSWORD,
    authority: readAuthority(env.OPENSEARCH_CA_FILE),
    mintTenantToken: secret && createTenantTokens(secret, Date.now),
    createBreaker(probe, isFailure) {
      const isReported = (error: unknown) => {
        if (!isFailure(error)) return false;
        report.failure(error);
        return true;
      };
      return createCircuitBreaker({ probe, isFailure: isReported, refuse: searchUnavailable, onState: report.state });
    },
  });
}

/** The engine of the environment's OpenSearch. Throws `ConfigurationError`. */
export function createOpenSearch(
  env: Environment<typeof searchEnv>,
  vectors: VectorSpace | undefined,
  deps: OpenSearchDeps,
): SearchEngine {
  return createOpenSearchEngine({
    transport: createOpenSearchTransport(env, deps),
    vectors,
    knnEngine: env.OPENSEARCH_KNN_ENGINE,
    replicas: env.OPENSEARCH_REPLICAS,
    confirm: ({ tenantId, incarnation }, signal) => deps.tenants.isCurrent(tenantId, incarnation, signal),
    logger: deps.logger,
  });
}
