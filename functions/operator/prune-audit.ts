import { randomUUID } from 'node:crypto';
import { createAuditStore } from '#lib/audit/create-audit-store.ts';
import { createAuditTrail } from '#lib/audit/create-audit-trail.ts';
import { createPruneTrail } from '#lib/audit/prune-trail.ts';
import { createAuth } from '#lib/auth/create-auth.ts';
import { auditEnv, authEnv, engineEnv, serverEnv } from '#lib/config/variables.ts';
import { createSearchConnection } from '#lib/retrieval/search-connection.ts';
import { createLogger } from '#lib/telemetry/logger.ts';
import { createMetrics } from '#lib/telemetry/metrics.ts';
import type { PlatformActor } from '#lib/tenancy/tenant-scope.ts';
import { dayBefore } from '#lib/usage/day-range.ts';
import { exitWhenMisconfigured } from './exit-when-misconfigured.ts';
import { loadOperatorEnv } from './load-operator-env.ts';
import { readArguments, usage } from './prune-audit-arguments.ts';
import { toReason } from './to-reason.ts';

/** Drops what the audit trail has kept for long enough. */

const given = readArguments(process.argv.slice(2), Date.now());
if (!given) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}

const env = loadOperatorEnv({ ...serverEnv, ...engineEnv, ...authEnv, ...auditEnv });
const telemetry = { logger: createLogger(env.LOG_LEVEL), metrics: createMetrics() };
const { search, store, signCheckpoint } = await exitWhenMisconfigured(() => {
  const connection = createSearchConnection(env, telemetry);
  const { signCheckpoint: sign } = createAuth(env, Date.now);
  return { search: connection, store: createAuditStore(env, connection), signCheckpoint: sign };
});
const audit = createAuditTrail({ ...telemetry, store, signCheckpoint, now: Date.now });
const actor: PlatformActor = {
  role: 'platform_admin',
  tenantId: undefined,
  userId: 'audit-prune',
  origin: { requestId: randomUUID(), ip: undefined, traceId: undefined },
};
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort()).once('SIGTERM', () => interrupted.abort());
const day = given.before ?? dayBefore(Date.now(), env.AUDIT_RETENTION_DAYS);
const range = { before: `${day}T00:00:00.000Z`, isDryRun: given.isDryRun };
try {
  let events = 0;
  for await (const dropped of createPruneTrail({ store, audit, actor })(range, interrupted.signal)) {
    const count = dropped.last - dropped.first + 1;
    events += count;
    process.stdout.write(`${dropped.chain}  ${dropped.first}-${dropped.last}  ${count} events\n`);
  }
  process.stdout.write(`${events} events from before ${day} ${given.isDryRun ? 'would be' : 'were'} dropped\n`);
} catch (error) {
  process.stderr.write(`${toReason(error)}\n`);
  process.exitCode = 1;
} finally {
  await audit.close();
  await store.close();
  await search.close();
}
