import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { readArguments } from '#functions/operator/reconcile-arguments.ts';
import { reconcileLedger } from '#functions/operator/reconcile-ledger.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import type { TenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import { accountOf, type TenantRecord } from '#lib/tenancy/tenant.ts';
import { toCostEvent } from '#lib/usage/cost-event.ts';
import type { LedgerEntry } from '#lib/usage/ledger-entry.ts';
import { createSqliteBooks } from '#lib/usage/reconciliation/books-sqlite.ts';
import type { UsageStore } from '#lib/usage/usage-store.ts';
import { temporaryDirectory } from '#tests/support/process.ts';
import { calm } from '#tests/support/scope.ts';
import { createFakeUsageStore } from './fake-usage-store.ts';

export const now = Date.parse('2026-11-26T12:00:00.000Z');

const toRecord = (name: string): TenantRecord => ({
  id: parseTenantId(name) ?? expect.fail(`${name} is no tenant id`),
  incarnation: 'first',
  name,
  status: 'active',
  limits: {},
  signing_key: '',
  tokens_not_before: 0,
  created_at: '',
  updated_at: '',
});
const records = [toRecord('acme'), toRecord('beta')];
export const [acme, beta] = records.map(accountOf) as [ReturnType<typeof accountOf>, ReturnType<typeof accountOf>];
const tenants: Pick<TenantRegistry, 'find' | 'list'> = {
  find: async (id) => records.find((record) => record.id === id),
  list: async ({ after }) => (after === undefined ? records : []),
};

/** A ledger, and what an operator compares it with. */
export function createWorld() {
  const usageStore = createFakeUsageStore();
  const directory = temporaryDirectory();

  function write(name: string, text: string): string {
    const file = join(directory, name);
    writeFileSync(file, text);
    return file;
  }
  const toLine = ([tenant, entry]: [string, LedgerEntry]) => JSON.stringify(toCostEvent(entry, tenant));
  const writeLog = (...lines: [string, LedgerEntry][]) =>
    write('log.ndjson', ['{"event":"query_completed"}', 'no JSON', ...lines.map(toLine)].join('\n'));

  async function run(args: string[], store: UsageStore = usageStore) {
    const given = readArguments(['--from', '2026-11-01', '--to', '2026-11-25', ...args], now);
    const books = createSqliteBooks();
    onTestFinished(() => books.close());
    let output = '';
    const deps = { usage: store, tenants, books, write: (text: string) => void (output += text) };
    const isWithin = await reconcileLedger(deps, given ?? expect.fail('This is a call'), calm);
    return { isWithin, output };
  }
  return { usageStore, write, writeLog, run };
}
