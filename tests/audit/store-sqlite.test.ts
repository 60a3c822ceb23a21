import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { auditSchema, createSqliteAuditStore } from '#lib/audit/store-sqlite.ts';
import { openDatabase } from '#lib/core/sqlite.ts';
import { describeAuditStore } from '#tests/contracts/audit-store.ts';
import { temporaryDirectory } from '#tests/support/process.ts';
import { calm } from '#tests/support/scope.ts';

describeAuditStore('SQLite', async () => createSqliteAuditStore(openDatabase(':memory:', auditSchema)));

test('while another process holds the file, calls wait for their time and no other work does', async () => {
  const file = join(temporaryDirectory(), 'audit.sqlite');
  const holder = openDatabase(file, auditSchema);
  const store = createSqliteAuditStore(openDatabase(file, auditSchema));
  holder.exec('BEGIN IMMEDIATE');
  await expect(store.drop('a', 1, AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'TimeoutError' });
  const dropped = store.drop('a', 1, calm);
  await wait(50);
  holder.exec('COMMIT');
  expect(await dropped).toBe(0);
  holder.close();
  await store.close();
});
