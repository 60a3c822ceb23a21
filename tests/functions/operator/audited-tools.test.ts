import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAuditWorld } from '#tests/functions/audit/audit-world.ts';
import { testSecret } from '#tests/support/platform.ts';

/** A tenant with one document, whose operator calls a tool. */
async function createWorld() {
  const world = await createAuditWorld();
  await world.putDocument('one');
  const run = (tool: string, args: string[]): Promise<{ code: number; output: string }> =>
    new Promise((resolve) => {
      const env = { PATH: process.env['PATH'], DATA_DIR: world.directory, JWT_SECRET: testSecret };
      execFile(process.execPath, [`functions/operator/${tool}`, ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
      );
    });
  const eventsOf = async (user: string) =>
    (await world.list('?limit=1000')).events
      .filter(({ user_id }) => user_id === user)
      .map(({ action, target, outcome }) => `${action} ${target} ${outcome}`);
  return { ...world, run, eventsOf };
}

test('a re-indexing is in the tenant’s trail, and in the log', async () => {
  const { run, eventsOf } = await createWorld();
  const { code, output } = await run('reindex.ts', ['--tenant', 'acme']);
  expect(code, output).toBe(0);
  expect(await eventsOf('operator:reindex')).toEqual(['document.reindex * begun', 'document.reindex * success']);
  expect(output).toMatch(/"event":"audit".*"action":"document.reindex"/);
});

test('nothing is re-indexed while its intent can’t be written', async () => {
  const { run, eventsOf, tamper } = await createWorld();
  tamper("CREATE TRIGGER refuse BEFORE INSERT ON block BEGIN SELECT RAISE(ABORT, 'refused'); END");
  const { code, output } = await run('reindex.ts', ['--tenant', 'acme']);
  tamper('DROP TRIGGER refuse');
  expect(code).toBe(1);
  expect(output).not.toContain('nothing to do');
  expect(await eventsOf('operator:reindex')).toEqual([]);
});

test('tuning reads a tenant’s documents, which is in its trail, as are the weights that it stores', async () => {
  const { run, eventsOf, directory } = await createWorld();
  const file = join(directory, 'queries.jsonl');
  const line = JSON.stringify({ text: 'text of one', relevant: { one: 1 } });
  writeFileSync(file, Array.from({ length: 25 }, () => line).join('\n'));
  const args = ['--tenant', 'acme', '--queries', file];
  const dry = await run('tune.ts', [...args, '--dry-run']);
  expect(dry.code, dry.output).toBe(0);
  expect(await eventsOf('operator:tune')).toEqual(['document.search * success']);
  const stored = await run('tune.ts', args);
  expect(stored.code, stored.output).toBe(0);
  expect((await eventsOf('operator:tune')).slice(1).toSorted()).toEqual([
    'document.search * success',
    'tenant.update acme begun',
    'tenant.update acme success',
  ]);
});
