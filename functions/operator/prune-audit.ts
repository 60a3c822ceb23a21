import { createPruneTrail } from '#lib/audit/prune-trail.ts';
import { auditEnv, authEnv, engineEnv, serverEnv } from '#lib/config/variables.ts';
import { createSearchConnection } from '#lib/retrieval/search-connection.ts';
import { createLogger } from '#lib/telemetry/logger.ts';
import { createMetrics } from '#lib/telemetry/metrics.ts';
import { dayBefore } from '#lib/usage/day-range.ts';
import { exitWhenMisconfigured } from './exit-when-misconfigured.ts';
import { loadOperatorEnv } from './load-operator-env.ts';
import { createOperatorActor } from './operator-actor.ts';
import { createOperatorAudit } from './operator-audit.ts';
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
const { search, trail } = await exitWhenMisconfigured(() => {
  const connection = createSearchConnection(env, telemetry);
  return { search: connection, trail: createOperatorAudit(env, { ...telemetry, search: connection }) };
});
const actor = createOperatorActor('audit-prune');
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort()).once('SIGTERM', () => interrupted.abort());
const day = given.before ?? dayBefore(Date.now(), env.AUDIT_RETENTION_DAYS);
const range = { before: `${day}T00:00:00.000Z`, isDryRun: given.isDryRun };
try {
  let events = 0;
  for await (const dropped of createPruneTrail({ ...trail, actor })(range, interrupted.signal)) {
    const count = dropped.last - dropped.first + 1;
    events += count;
    process.stdout.write(`${dropped.chain}  ${dropped.first}-${dropped.last}  ${count} events\n`);
  }
  process.stdout.write(`${events} events from before ${day} ${given.isDryRun ? 'would be' : 'were'} dropped\n`);
} catch (error) {
  process.stderr.write(`${toReason(error)}\n`);
  process.exitCode = 1;
} finally {
  await trail.close();
  await search.close();
}
