import type { Environment } from '#lib/config/env.ts';
import type { edgeEnv, serverEnv } from '#lib/config/variables.ts';
import { createFairGate } from '#lib/core/fair-gate.ts';
import { createForward } from '#lib/edge/forward.ts';
import { createUpstream, type UpstreamOptions } from '#lib/edge/upstream.ts';
import { createLogger } from '#lib/telemetry/logger.ts';
import { createMetrics } from '#lib/telemetry/metrics.ts';
import type { Foundation } from '../foundation.ts';
import type { EdgeDeps } from './app.ts';

/** Below what Knative lets into one pod, so that the edge refuses first, and says so in its own words. */
const maxInFlight = 500;

/** The edge knows no tenant: it stands on neither keys nor a state store. */
export function createEdgeDeps(
  env: Environment<typeof serverEnv & typeof edgeEnv>,
  { lookup }: Pick<UpstreamOptions, 'lookup'> = {},
): {
  deps: EdgeDeps;
  foundation: Pick<Foundation, 'logger' | 'metrics' | 'drain' | 'close'>;
} {
  const logger = createLogger(env.LOG_LEVEL);
  const metrics = createMetrics({ revision: env.K_REVISION });
  const drain = { draining: false };
  const upstream = createUpstream({ template: env.EDGE_UPSTREAM, connections: maxInFlight, lookup });
  const http = {
    logger,
    metrics,
    now: Date.now,
    isDraining: () => drain.draining,
    isTrustedProxy: env.TRUSTED_PROXIES,
    isPublicEntry: true,
  };
  const forward = createForward({
    upstream,
    gate: createFairGate({ limit: maxInFlight, queue: 0, report: metrics.queue('edge') }),
  });
  return { deps: { http, forward }, foundation: { logger, metrics, drain, close: upstream.close } };
}
