import { randomBytes } from 'node:crypto';
import { loadEnv } from '#lib/config/env.ts';
import { serverEnv, stateEnv } from '#lib/config/variables.ts';
import { createState } from '#lib/state/create-state.ts';
import { createLogger } from '#lib/telemetry/logger.ts';
import { createMetrics } from '#lib/telemetry/metrics.ts';
import { createTenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import { createSqliteBooks } from '#lib/usage/reconciliation/books-sqlite.ts';
import { exitWhenMisconfigured } from './exit-when-misconfigured.ts';
import { readArguments, usage } from './reconcile-arguments.ts';
import { reconcileLedger } from './reconcile-ledger.ts';
import { toReason } from './to-reason.ts';

/** Compares the ledger with its aggregates, with the log and with a provider's bill. */

const given = readArguments(process.argv.slice(2), Date.now());
if (!given) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}

const env = loadEnv({ ...serverEnv, ...stateEnv });
const telemetry = { logger: createLogger('error'), metrics: createMetrics() };
const state = await exitWhenMisconfigured(() => createState(env, telemetry));
const tenants = createTenantRegistry({ store: state.store, now: Date.now, randomBytes });
const books = createSqliteBooks();
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort()).once('SIGTERM', () => interrupted.abort());
const write = (text: string) => process.stdout.write(text);
try {
  const deps = { usage: state.usage, tenants, books, write };
  process.exitCode = (await reconcileLedger(deps, given, interrupted.signal)) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${toReason(error)}\n`);
  process.exitCode = 1;
} finally {
  books.close();
  await state.close();
}
