import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSqliteState } from '#lib/state/create-sqlite-state.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { createTenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import { accountOf } from '#lib/tenancy/tenant.ts';
import { toCostEvent } from '#lib/usage/cost-event.ts';
import { temporaryDirectory } from '#tests/support/process.ts';
import { calm } from '#tests/support/scope.ts';
import { toEntry } from './fake-usage-store.ts';

interface Outcome {
  code: number;
  output: string;
}

/** Runs the command as an operator does, on the state of that folder. */
const reconcile = (args: string[], env: NodeJS.ProcessEnv): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ['functions/operator/reconcile.ts', ...args],
      { env: { PATH: process.env['PATH'], ...env } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
  });

test('the ledger that requests were settled to is compared with the log that they left', async () => {
  const directory = temporaryDirectory();
  const state = createSqliteState(join(directory, 'state.db'));
  const tenants = createTenantRegistry({ store: state.store, now: Date.now, randomBytes });
  const id = parseTenantId('acme') ?? expect.fail('acme is a tenant id');
  const account = accountOf(await tenants.create(id, { name: 'Acme', limits: {} }, calm));
  const day = new Date().toISOString().slice(0, 10);
  const entries = [0, 1].map((call) => toEntry({ id: `call.${call}`, at: `${day}T00:00:00.000Z` }));
  const settlement = { leaseId: undefined, callId: 'call', tokens: 240, budgets: [], entries };
  await state.admission.settle(account, settlement, calm);
  await state.close();

  const lines = entries.map((entry) => `${JSON.stringify(toCostEvent(entry, id))}\n`);
  const whole = join(directory, 'whole.ndjson');
  const half = join(directory, 'half.ndjson');
  writeFileSync(whole, lines.join(''));
  writeFileSync(half, lines.slice(1).join(''));
  const run = (file: string) =>
    reconcile(['--from', day, '--to', day, '--logs', file, '--tolerance', '0'], { DATA_DIR: directory });
  expect(await run(whole)).toMatchObject({ code: 0, output: expect.stringMatching(/^within the tolerance$/m) });
  expect(await run(half)).toMatchObject({ code: 1, output: expect.stringMatching(/^call\.0 .* not in the log$/m) });
  expect(await run('/none/such')).toMatchObject({ code: 1, output: expect.stringContaining('ENOENT') });
});

test('what is no call is explained, and what is missing is said in one line', async () => {
  const day = new Date().toISOString().slice(0, 10);
  const env = { DATA_DIR: join(temporaryDirectory(), 'data') };
  expect(await reconcile(['--from', day], env)).toMatchObject({ code: 2, output: expect.stringContaining('Usage:') });
  const outcome = await reconcile(['--from', day, '--to', day], { ...env, STATE_STORE: 'redis' });
  expect(outcome).toMatchObject({ code: 1, output: expect.stringMatching(/^.*REDIS_URL must be set.*\n$/) });
});
