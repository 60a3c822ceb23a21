import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { auditSchema, createSqliteAuditStore } from '#lib/audit/store-sqlite.ts';
import { openDatabase } from '#lib/core/sqlite.ts';
import { describeAuditProcesses } from '#tests/contracts/audit-processes.ts';
import { temporaryDirectory } from '#tests/support/process.ts';

describeAuditProcesses('SQLite', async () => {
  const directory = temporaryDirectory();
  const store = createSqliteAuditStore(openDatabase(join(directory, 'audit.sqlite'), auditSchema));
  onTestFinished(() => store.close());
  return { store, env: { DATA_DIR: directory }, tenant: 'acme' };
});
