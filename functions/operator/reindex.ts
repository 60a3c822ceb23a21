import { parseArgs } from 'node:util';
import { parseTenantId, type TenantId } from '#lib/tenancy/tenant-id.ts';
import { createOperator, type Operator } from './operator.ts';
import { toReason } from './to-reason.ts';

/** Brings tenants' documents to the present form of the index and to the configured embedding model. */

const usage = 'Usage: npm run reindex -- --tenant ID | --all';
const { values } = parseArgs({ options: { tenant: { type: 'string' }, all: { type: 'boolean', default: false } } });
const only = parseTenantId(values.tenant);
if ((only === undefined) === !values.all) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}

const write = (text: string) => process.stdout.write(text);
const pageSize = 100;

async function* allTenants({ foundation, signal }: Operator): AsyncGenerator<TenantId> {
  let after: string | undefined;
  for (;;) {
    const page = await foundation.tenants.list({ limit: pageSize, ...(after === undefined ? {} : { after }) }, signal);
    for (const { id, status } of page) if (status !== 'deleted') yield id;
    after = page.at(-1)?.id;
    if (page.length < pageSize) return;
  }
}

async function reindex(operator: Operator, tenantId: TenantId): Promise<void> {
  const { foundation, retrieval, platform, signal } = operator;
  const { engine, embedder } = retrieval;
  const tenant = await operator.ownerOf(tenantId);
  const embed = embedder && ((texts: readonly string[], until: AbortSignal) => embedder.embed(tenant, texts, until));
  const started = performance.now();

  async function rewrite(held: AbortSignal): Promise<number> {
    let shownAt = 0;
    let count = 0;
    for await (const { done, total } of engine.reindex(tenant, embed, held)) {
      count += 1;
      if (performance.now() - shownAt < 1_000 && done < total) continue;
      shownAt = performance.now();
      write(`${tenantId}  ${done}/${total} documents\n`);
    }
    // What is found is found otherwise now: what was answered before is to be answered again.
    if (count > 0) await foundation.writes.during(tenant, async () => undefined, held);
    return count;
  }

  const change = { action: 'document.reindex', target: '*', account: tenant.account };
  const count = await foundation.audit.during(platform, change, rewrite, signal);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  write(count > 0 ? `${tenantId}  done, ${count} documents in ${seconds} s\n` : `${tenantId}  nothing to do\n`);
}

const operator = await createOperator('reindex');
try {
  for await (const tenantId of only ? [only] : allTenants(operator)) await reindex(operator, tenantId);
} catch (error) {
  if (operator.signal.aborted) {
    write('interrupted; the same command goes on from here\n');
    process.exitCode = 130;
  } else {
    process.stderr.write(`${toReason(error)}\n`);
    process.exitCode = 1;
  }
} finally {
  await operator.close();
}
