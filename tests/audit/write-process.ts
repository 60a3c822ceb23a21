import { createAuditStore } from '#lib/audit/create-audit-store.ts';
import { createAuditTrail } from '#lib/audit/create-audit-trail.ts';
import { parseEnv } from '#lib/config/env.ts';
import { engineEnv, serverEnv } from '#lib/config/variables.ts';
import { createSearchConnection } from '#lib/retrieval/search-connection.ts';
import { createLogger } from '#lib/telemetry/logger.ts';
import { createMetrics } from '#lib/telemetry/metrics.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { calm, createScope } from '#tests/support/scope.ts';

/** `write-process.ts <tenant> <name> <count>`: so many mutations of the tenant, ten under way at once. */
const [tenant = '', name = '', count = '0'] = process.argv.slice(2);
const env = parseEnv({ ...engineEnv, DATA_DIR: serverEnv.DATA_DIR }, process.env);
const telemetry = { logger: createLogger('error'), metrics: createMetrics() };
const search = createSearchConnection(env, telemetry);
const store = createAuditStore(env, search);
// Who writes to one chain beside so many others waits for a turn, on a slow machine for long.
const patience = { writeMilliseconds: 60_000 };
const trail = createAuditTrail({ ...telemetry, ...patience, store, signCheckpoint: undefined, now: Date.now });
const tenantId = parseTenantId(tenant) ?? process.exit(2);
const scope = createScope(tenantId);

const waiting = Array.from({ length: Number(count) }, (_, index) => `${name}-${index}`).values();
const work = async () => {
  for (const target of waiting)
    await trail.during(scope, { action: 'document.update', target }, async () => undefined, calm);
};
await Promise.all(Array.from({ length: 10 }, work));
await trail.close();
await store.close();
await search.close();
