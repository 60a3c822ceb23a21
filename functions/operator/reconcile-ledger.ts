import { createReadStream } from 'node:fs';
import type { TenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import { accountOf } from '#lib/tenancy/tenant.ts';
import { everyAccount, type TenantAccount } from '#lib/usage/every-account.ts';
import { sumBill } from '#lib/usage/reconciliation/bill.ts';
import type { Books } from '#lib/usage/reconciliation/books.ts';
import { addLedger, addLog, findPartDays } from '#lib/usage/reconciliation/fill-books.ts';
import { findDifferences } from '#lib/usage/reconciliation/findings.ts';
import { formatFindings } from '#lib/usage/reconciliation/format-findings.ts';
import { readBill } from '#lib/usage/reconciliation/read-bill.ts';
import { readCostEvents } from '#lib/usage/reconciliation/read-cost-events.ts';
import type { UsageStore } from '#lib/usage/usage-store.ts';
import type { ReconcileArguments } from './reconcile-arguments.ts';

interface ReconcileDeps {
  usage: UsageStore;
  tenants: Pick<TenantRegistry, 'find' | 'list'>;
  books: Books;
  write: (text: string) => void;
}

async function accountsOf(
  tenants: ReconcileDeps['tenants'],
  { tenant }: ReconcileArguments,
  signal: AbortSignal,
): Promise<AsyncIterable<TenantAccount> | TenantAccount[]> {
  if (tenant === undefined) return everyAccount(tenants, signal);
  const record = await tenants.find(tenant, signal);
  if (!record) throw new Error(`There is no tenant ${tenant}`);
  return [{ tenantId: tenant, account: accountOf(record) }];
}

/** True where everything is apart by no more than the tolerance. */
export async function reconcileLedger(
  { usage, tenants, books, write }: ReconcileDeps,
  given: ReconcileArguments,
  signal: AbortSignal,
): Promise<boolean> {
  const { range, tenant, logs, bill: billFile, provider, aliases, tolerance } = given;
  // Before the long work: a file that can't be read ends it at once.
  const bill = billFile === undefined ? undefined : await sumBill(readBill(billFile), { range, aliases });
  const leftOut = await findPartDays(usage, await accountsOf(tenants, given, signal), range, signal);
  const compared = { range, leftOut };
  if (logs !== undefined) await addLog(books, readCostEvents(createReadStream(logs, { signal })), compared, tenant);
  await addLedger(books, usage, await accountsOf(tenants, given, signal), compared, signal);
  const findings = findDifferences(books, { tolerance, hasLog: logs !== undefined, bill, provider, leftOut });
  write(formatFindings(findings));
  return findings.isWithin;
}
