import { randomBytes, randomUUID } from 'node:crypto';
import { createAdmission } from '#lib/admission/create-admission.ts';
import type { AuditStore } from '#lib/audit/audit-store.ts';
import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import { createHeadMemory, type HeadMemory } from '#lib/audit/head-memory.ts';
import { createAuditStore } from '#lib/audit/create-audit-store.ts';
import { createAuditTrail } from '#lib/audit/create-audit-trail.ts';
import { createApiKeyStore, type ApiKeyStore } from '#lib/auth/api-key-store.ts';
import { createAuthenticate } from '#lib/auth/authenticate.ts';
import { createAuth, type Auth } from '#lib/auth/create-auth.ts';
import { createExpiringKeys } from '#lib/auth/expiring-keys.ts';
import { createCorpusWrites, type CorpusWrites } from '#lib/cache/corpus-writes.ts';
import type { Environment } from '#lib/config/env.ts';
import { admissionEnv, authEnv, engineEnv, serverEnv, stateEnv, telemetryEnv } from '#lib/config/variables.ts';
import { createGuardrails, type Guardrails } from '#lib/guardrails/create-guardrails.ts';
import type { HttpKit } from '#lib/http/kit.ts';
import { createIdempotency } from '#lib/idempotency/create-idempotency.ts';
import { createSearchConnection, type SearchConnection } from '#lib/retrieval/search-connection.ts';
import { createState } from '#lib/state/create-state.ts';
import type { State } from '#lib/state/state.ts';
import type { StateStore } from '#lib/state/store.ts';
import { toBackupKinds, watchBackups } from '#lib/state/watch-backups.ts';
import { watchMemory } from '#lib/state/watch-memory.ts';
import type { LeakageMonitor } from '#lib/tenancy/leakage.ts';
import { createCheckMention, type CheckMention } from '#lib/tenancy/tenant-mention.ts';
import { createTenantRegistry, type TenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import { createTripwire, type Tripwire } from '#lib/tenancy/tripwire.ts';
import { toNanodollars } from '#lib/usage/money.ts';
import { createLeakageMonitor } from '#lib/telemetry/leakage-monitor.ts';
import { createLogger, type Logger } from '#lib/telemetry/logger.ts';
import { createMetrics, type Metrics } from '#lib/telemetry/metrics.ts';

/** What every function reads from the environment. */
export const foundationEnv = {
  ...serverEnv,
  ...telemetryEnv,
  ...authEnv,
  ...stateEnv,
  ...admissionEnv,
  ...engineEnv,
};

/** What every function stands on: who may call, what is logged and counted, where state lives. */
export interface Foundation {
  logger: Logger;
  metrics: Metrics;
  auth: Auth;
  state: State;
  store: StateStore;
  tenants: TenantRegistry;
  apiKeys: ApiKeyStore;
  /** Marks what changes a tenant's documents. */
  writes: CorpusWrites;
  audit: AuditTrail;
  auditStore: AuditStore;
  headMemory: HeadMemory;
  search: SearchConnection;
  guardrails: Guardrails;
  leakage: LeakageMonitor;
  tripwire: Tripwire;
  checkMention: CheckMention;
  http: HttpKit;
  drain: { draining: boolean };
  /** Waits for what is under way, and settles it; nothing may be let in any more. */
  settle: () => Promise<void>;
  close: () => Promise<void>;
  /** Tells of what is lost where the process ends without `close`, or in the middle of it. */
  giveUp: () => void;
}

export async function createFoundation(
  env: Environment<typeof foundationEnv>,
  logger: Logger = createLogger(env.LOG_LEVEL),
): Promise<Foundation> {
  const now = Date.now;
  const metrics = createMetrics({ revision: env.K_REVISION });
  const leakage = createLeakageMonitor(logger, metrics);
  const auth = createAuth(env, now);
  const state = await createState(env, { logger, metrics });
  const { store } = state;
  watchBackups({ store, metrics, now }, toBackupKinds(env));
  watchMemory({ state, metrics, now });
  const tenants = createTenantRegistry({ store, now, randomBytes });
  const apiKeys = createApiKeyStore(store, now);
  const search = createSearchConnection(env, { logger, metrics });
  const auditStore = createAuditStore(env, search);
  const { signCheckpoint } = auth;
  const headMemory = createHeadMemory({ store, logger });
  const audit = createAuditTrail({ store: auditStore, signCheckpoint, headMemory, logger, metrics, now });
  const checkMention = createCheckMention(leakage);
  const drain = { draining: false };
  const authenticate = createAuthenticate({
    verifyToken: auth.verifyToken,
    tenants,
    apiKeys,
    noteKeyUse: createExpiringKeys({ logger, metrics, now }),
    autoCreate: env.TENANT_AUTO_CREATE,
    audit,
    now,
  });
  const admission = createAdmission({
    store: state.admission,
    logger,
    metrics,
    now,
    monotonic: () => performance.now(),
    randomId: randomUUID,
    maxInFlight: env.MAX_IN_FLIGHT,
    maxProcesses: env.MAX_PODS,
    estimates: {
      search: toNanodollars(env.ESTIMATE_SEARCH_DOLLARS),
      podSecond: toNanodollars(env.ESTIMATE_POD_SECOND_DOLLARS),
    },
  });
  const http: HttpKit = {
    logger,
    metrics,
    authenticate,
    checkMention,
    admit: admission.admit,
    checkRate: admission.checkRate,
    idempotency: createIdempotency({ store, audit, logger, randomId: randomUUID }),
    audit,
    now,
    isDraining: () => drain.draining,
    isTrustedProxy: env.TRUSTED_PROXIES,
    tenantHostSuffix: env.TENANT_HOST_SUFFIX,
  };
  return {
    logger,
    metrics,
    auth,
    state,
    store,
    tenants,
    apiKeys,
    writes: createCorpusWrites({ corpus: state.corpus, randomId: randomUUID }),
    audit,
    auditStore,
    headMemory,
    search,
    guardrails: createGuardrails({ audit, metrics }),
    leakage,
    tripwire: createTripwire(leakage),
    checkMention,
    http,
    drain,
    settle: admission.close,
    async close() {
      await admission.close();
      await audit.close();
      await auditStore.close();
      await search.close();
      await state.close();
    },
    giveUp: audit.giveUp,
  };
}
