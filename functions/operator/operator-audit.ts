import type { AuditStore } from '#lib/audit/audit-store.ts';
import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import { createAuditStore } from '#lib/audit/create-audit-store.ts';
import { createAuditTrail } from '#lib/audit/create-audit-trail.ts';
import { createAuth } from '#lib/auth/create-auth.ts';
import type { Environment } from '#lib/config/env.ts';
import type { authEnv, engineEnv, serverEnv } from '#lib/config/variables.ts';
import type { SearchConnection } from '#lib/retrieval/search-connection.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';

interface OperatorAuditDeps {
  search: Pick<SearchConnection, 'open'>;
  logger: Logger;
  metrics: Metrics;
}

/** The trail for tools that are not built on the functions' foundation. */
export interface OperatorAudit {
  store: AuditStore;
  audit: AuditTrail;
  /** Writes what waits; the connection to the engine is left open. */
  close(): Promise<void>;
}

/** Throws `ConfigurationError` where the environment holds no key. */
export function createOperatorAudit(
  env: Environment<typeof serverEnv & typeof engineEnv & typeof authEnv>,
  { search, logger, metrics }: OperatorAuditDeps,
): OperatorAudit {
  const { signCheckpoint } = createAuth(env, Date.now);
  const store = createAuditStore(env, search);
  const audit = createAuditTrail({ logger, metrics, store, signCheckpoint, now: Date.now });
  return {
    store,
    audit,
    async close() {
      await audit.close();
      await store.close();
    },
  };
}
