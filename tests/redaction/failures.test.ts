import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { run } from '#tests/http/server-process.ts';
import { createCanary, findCanaries } from './canary.ts';
import { startCanaryWorld } from './canary-world.ts';

test('a bug’s error is told by its kind and its place alone', async () => {
  const world = await startCanaryWorld();
  onTestFinished(() => world.close());
  const { ask, plant, createToken, server } = world;
  const database = new DatabaseSync(join(world.directory, 'state.db'));
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
  for (const { name } of tables.all()) database.exec(`DROP TABLE "${String(name)}"`);
  database.close();
  const token = await createToken();
  const { status, text } = await ask('POST /v1/search', { token, json: { query: plant('query') } });
  expect(status).toBe(500);
  expect(findCanaries(world.planted, text)).toEqual([]);
  await expect.poll(server.output, { timeout: 10_000 }).toContain('"error_code":"internal"');
  const line = server.events().find(({ status: logged }) => logged === 500);
  expect(line).toMatchObject({
    level: 'ERROR',
    error: {
      chain: [expect.stringMatching(/^Error ERR_SQLITE_ERROR \d+$/)],
      stack: expect.arrayContaining([expect.stringMatching(/^at .*\.ts:\d+:\d+\)?$/)]),
    },
  });
  expect(findCanaries({ ...world.secrets, ...world.planted }, server.output())).toEqual([]);
});

test('an error that nobody has caught ends the process with one line', async () => {
  const program = run('tests/redaction/crash.ts', { CANARY: createCanary() });
  onTestFinished(() => program.stop());
  expect(await program.exited).toBe(1);
  expect(program.output().trim().split('\n')).toHaveLength(1);
  expect(program.events()).toMatchObject([
    { level: 'ERROR', event: 'process_failed', error: { chain: ['Error', 'TypeError EFAIL'] } },
  ]);
});

test.each<[string, (canary: string) => Record<string, string>]>([
  [
    'variables',
    (canary) => ({
      PORT: canary,
      JWT_SECRET: canary.slice(0, 20),
      JWT_PRIVATE_KEY: `{"kid":"${canary}"}`,
      JWKS_URL: `ftp://${canary}`,
      REDIS_URL: `http://user:${canary}@host`,
      TRUSTED_PROXIES: canary,
      LLM_BASE_URL: canary,
      LLM_PROVIDER_KEYS: `{"${canary}`,
      PROVIDER_KEY_SECRET: canary.slice(0, 20),
    }),
  ],
  ['a catalogue that is no JSON', (canary) => ({ LLM_CATALOG: `{"providers": ${canary}` })],
  ['a catalogue with wrong fields', (canary) => ({ LLM_CATALOG: `{"providers":"${canary}","models":[{"id":5}]}` })],
  ['a catalogue that is no file', (canary) => ({ LLM_CATALOG: `/nowhere/${canary}` })],
])('a start with bad values says which, not what they are: %s', async (_, toEnv) => {
  const canary = createCanary();
  const program = run('functions/dev.ts', toEnv(canary));
  onTestFinished(() => program.stop());
  expect(await program.exited).toBe(1);
  expect(program.events()).toMatchObject([{ event: 'configuration_invalid' }]);
  expect(findCanaries({ canary }, program.output())).toEqual([]);
});
