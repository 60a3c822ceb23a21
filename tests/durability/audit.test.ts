import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { auditSchema, createSqliteAuditStore } from '#lib/audit/store-sqlite.ts';
import { openDatabase } from '#lib/core/sqlite.ts';
import { describeAuditDurability } from '#tests/contracts/audit-durability.ts';
import { createToken } from '#tests/support/platform.ts';
import { startProcess, temporaryDirectory } from '#tests/support/process.ts';

describeAuditDurability('the embedded store', {
  tenant: 'acme',
  kills: 50,
  open: async (directory) => createSqliteAuditStore(openDatabase(join(directory, 'audit.sqlite'), auditSchema)),
});

test('what was read last before the process was asked to end is in the trail', async () => {
  const directory = temporaryDirectory();
  const { url, child, exit } = await startProcess(directory);
  const headers = { authorization: `Bearer ${await createToken()}` };
  for (let index = 0; index < 5; index += 1) expect((await fetch(`${url}/v1/documents`, { headers })).status).toBe(200);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  const database = new DatabaseSync(join(directory, 'audit.sqlite'));
  const ofTenant = "SELECT sum(last - first + 1) AS events FROM block WHERE chain GLOB 'acme.*'";
  expect(database.prepare(ofTenant).get()).toEqual({ events: 5 });
  database.close();
});
