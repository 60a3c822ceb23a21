import { randomBytes } from 'node:crypto';
import { createLogAuditTrail } from '#lib/audit/audit-trail-log.ts';
import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import { createApiKeyStore, type ApiKeyStore } from '#lib/auth/api-key-store.ts';
import { createAuthenticate } from '#lib/auth/authenticate.ts';
import { createAuth, type Auth } from '#lib/auth/create-auth.ts';
import type { Environment } from '#lib/config/env.ts';
import { authEnv, serverEnv, stateEnv } from '#lib/config/variables.ts';
import type { HttpKit } from '#lib/http/kit.ts';
import { createStateStore } from '#lib/state/create-state-store.ts';
import type { StateStore } from '#lib/state/store.ts';
import type { LeakageMonitor } from '#lib/tenancy/leakage.ts';
import { createCheckMention, type CheckMention } from '#lib/tenancy/tenant-mention.ts';
import { createTenantRegistry, type TenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import { createTripwire, type Tripwire } from '#lib/tenancy/tripwire.ts';
import { createLeakageMonitor } from '#lib/telemetry/leakage-monitor.ts';
import { createLogger, type Logger } from '#lib/telemetry/logger.ts';
import { createMetrics, type Metrics } from '#lib/telemetry/metrics.ts';

/** What every function reads from the environment. */
export const foundationEnv = { ...serverEnv, ...authEnv, ...stateEnv };

/** What every function stands on: who may call, what is logged and counted, where state lives. */
export interface Foundation {
  logger: Logger;
  metrics: Metrics;
  auth: Auth;
  store: StateStore;
  tenants: TenantRegistry;
  apiKeys: ApiKeyStore;
  audit: AuditTrail;
  leakage: LeakageMonitor;
  tripwire: Tripwire;
  checkMention: CheckMention;
  http: HttpKit;
  drain: { draining: boolean };
  close: () => Promise<void>;
}

export async function createFoundation(
  env: Environment<typeof foundationEnv>,
  logger: Logger = createLogger(env.LOG_LEVEL),
): Promise<Foundation> {
  const now = Date.now;
  const metrics = createMetrics({ revision: env.K_REVISION });
  const leakage = createLeakageMonitor(logger, metrics);
  const auth = createAuth(env, now);
  const store = await createStateStore(env, { logger, metrics });
  const tenants = createTenantRegistry({ store, now, randomBytes });
  const apiKeys = createApiKeyStore(store, now);
  const checkMention = createCheckMention(leakage);
  const drain = { draining: false };
  const authenticate = createAuthenticate({
    verifyToken: auth.verifyToken,
    tenants,
    apiKeys,
    autoCreate: env.TENANT_AUTO_CREATE,
    now,
  });
  const http: HttpKit = {
    logger,
    metrics,
    authenticate,
    checkMention,
    now,
    isDraining: () => drain.draining,
    isTrustedProxy: env.TRUSTED_PROXIES,
    tenantHostSuffix: env.TENANT_HOST_SUFFIX,
  };
  return {
    logger,
    metrics,
    auth,
    store,
    tenants,
    apiKeys,
    audit: createLogAuditTrail(logger),
    leakage,
    tripwire: createTripwire(leakage),
    checkMention,
    http,
    drain,
    close: () => store.close(),
  };
}
