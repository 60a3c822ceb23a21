import { execFile } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '#tests/support/process.ts';

interface Outcome {
  code: number;
  output: string;
}

const repository = process.cwd();

/** Runs a tool in an empty folder, in which it may leave nothing. */
async function run(tool: string, args: string[], env: NodeJS.ProcessEnv, directory = temporaryDirectory()) {
  const before = readdirSync(directory);
  const outcome = await new Promise<Outcome>((resolve) => {
    execFile(
      process.execPath,
      [join(repository, 'functions/operator', tool), ...args],
      { cwd: directory, env: { PATH: process.env['PATH'], ...env } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
  });
  expect(readdirSync(directory)).toEqual(before);
  return outcome;
}

const engines = { STATE_STORE: 'redis', REDIS_URL: 'redis://127.0.0.1:1', SEARCH_ENGINE: 'opensearch' };
const secret = { JWT_SECRET: 'a-secret-of-the-tests-that-is-long-enough' };

test.each([
  ['reindex.ts', ['--all']],
  ['tune.ts', ['--tenant', 'acme', '--queries', 'none']],
])('%s writes no secret, and says in one line what is missing', async (tool, args) => {
  const without = await run(tool, args, { ...engines, OPENSEARCH_URL: 'http://127.0.0.1:1' });
  expect(without).toMatchObject({ code: 1, output: expect.stringMatching(/^.*JWT_SECRET, JWT_PRIVATE_KEY.*\n$/) });
  const noEngine = await run(tool, args, { ...engines, ...secret });
  expect(noEngine).toMatchObject({ code: 1, output: expect.stringMatching(/^.*OPENSEARCH_URL must be set.*\n$/) });
  const noState = await run(tool, args, { ...engines, ...secret, OPENSEARCH_URL: 'http://127.0.0.1:1' });
  expect(noState).toMatchObject({ code: 1, output: expect.stringMatching(/state store is not available.*\n$/) });
  expect(noState.output.trimEnd().split('\n'), 'no stack').not.toContainEqual(expect.stringMatching(/^ +at /));
});

test('snapshot says in one line what is missing', async () => {
  const outcome = await run('snapshot.ts', ['list'], engines);
  expect(outcome).toMatchObject({ code: 1, output: expect.stringMatching(/^.*OPENSEARCH_URL must be set.*\n$/) });
});

test('verify-receipt takes the secret that the platform has made on this laptop, and makes none', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'receipt.json'), '{}');
  const verify = (env: NodeJS.ProcessEnv) => run('verify-receipt.ts', ['receipt.json'], env, directory);
  expect((await verify({ DATA_DIR: directory })).output).toContain('one of JWT_SECRET');
  writeFileSync(join(directory, 'jwt-secret'), secret.JWT_SECRET);
  expect((await verify({ DATA_DIR: directory })).output).not.toContain('JWT_SECRET');
});
