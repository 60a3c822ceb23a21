import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import { createTestPlatform, type TestPlatform } from '#tests/support/platform.ts';

/** A platform whose state store lost all its tables after the start. */
export async function createBrokenPlatform(env: NodeJS.ProcessEnv = {}): Promise<TestPlatform> {
  const directory = mkdtempSync(join(tmpdir(), 'genai-broken-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const platform = await createTestPlatform({ ...env, DATA_DIR: directory });
  const database = new DatabaseSync(join(directory, 'state.db'));
  const tables = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all();
  for (const { name } of tables) database.exec(`DROP TABLE "${String(name)}"`);
  database.close();
  return platform;
}
