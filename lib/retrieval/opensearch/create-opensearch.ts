import { readFileSync } from 'node:fs';
import { ConfigurationError, type Environment } from '#lib/config/env.ts';
import type { engineEnv } from '#lib/config/variables.ts';
import { createCircuitBreaker } from '#lib/core/circuit-breaker.ts';
import { createDependencyReport } from '#lib/telemetry/dependency-report.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import { watchCertificate } from '#lib/telemetry/watch-certificate.ts';
import type { TenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import type { SearchEngine } from '../engine.ts';
import { createOpenSearchEngine } from '../engine-opensearch.ts';
import { searchUnavailable } from './errors.ts';
import { requireUrl } from './require-url.ts';
import type { VectorSpace } from './schema.ts';
import { createTenantTokens } from './tenant-tokens.ts';
import { createTransport, type Transport } from './transport.ts';

interface Telemetry {
  logger: Logger;
  metrics: Metrics;
}

interface OpenSearchDeps {
  logger: Logger;
  tenants: TenantRegistry;
  /** Closed by whoever made it. */
  transport: Transport;
}

function readAuthority(file: string | undefined): string | undefined {
  try {
    return file === undefined ? undefined : readFileSync(file, 'utf8');
  } catch {
    throw new ConfigurationError(['OPENSEARCH_CA_FILE must name a file that can be read']);
  }
}

/** Throws `ConfigurationError`. */
export function createOpenSearchTransport(env: Environment<typeof engineEnv>, telemetry: Telemetry): Transport {
  const url = requireUrl(env);
  const report = createDependencyReport('search', telemetry);
  watchCertificate({ metrics: telemetry.metrics, now: Date.now }, 'search', env.OPENSEARCH_CA_FILE);
  const isOpen = env.OPENSEARCH_SECURITY === 'none';
  const secret = env.OPENSEARCH_SECURITY === 'jwt' ? env.OPENSEARCH_JWT_SECRET : undefined;
  return createTransport({
    url,
    username: isOpen ? undefined : env.OPENSEARCH_USERNAME,
    password: env.OPENSEARCH_PASSWORD,
    authority: readAuthority(env.OPENSEARCH_CA_FILE),
    mintTenantToken: secret && createTenantTokens(secret, Date.now),
    queue: telemetry.metrics.queue('search'),
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

/** The engine of the environment's OpenSearch. */
export function createOpenSearch(
  env: Environment<typeof engineEnv>,
  vectors: VectorSpace | undefined,
  deps: OpenSearchDeps,
): SearchEngine {
  return createOpenSearchEngine({
    transport: { send: deps.transport.send, close: async () => undefined },
    vectors,
    knnEngine: env.OPENSEARCH_KNN_ENGINE,
    replicas: env.OPENSEARCH_REPLICAS,
    confirm: ({ tenantId, incarnation }, signal) => deps.tenants.isCurrent(tenantId, incarnation, signal),
    logger: deps.logger,
  });
}
