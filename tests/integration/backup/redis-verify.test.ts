import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '#tests/support/process.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

const run = (script: string, env: NodeJS.ProcessEnv): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(
      'sh',
      [`knative/jobs/scripts/${script}`],
      { env: { PATH: process.env['PATH'], BACKUP_NAME: 'a', ...env } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout: stdout.trim(), stderr }),
    );
  });

const names = ['plain', 'with a space', 'with\na line', '*', ''];

/** A server's backup of five keys of all types, and what may verify it. */
async function createWorld() {
  const redis = await startRedisServer();
  for (const name of names.slice(1)) await redis.command('SET', name, 'x');
  await redis.command('HSET', 'plain', 'field', 'value');
  const directory = temporaryDirectory();
  const scratch = temporaryDirectory();
  const env = { REDIS_HOST: redis.host, REDIS_PORT: String(redis.port), BACKUP_DIR: directory };
  const backUp = async (): Promise<string> => {
    const { code, stdout, stderr } = await run('redis-backup.sh', env);
    expect(code, stderr).toBe(0);
    return stdout;
  };
  const verify = async (more: NodeJS.ProcessEnv = {}): Promise<Outcome> => {
    const outcome = await run('redis-verify-backup.sh', { BACKUP_DIR: directory, TMPDIR: scratch, ...more });
    expect(readdirSync(scratch), 'nothing is left behind').toEqual([]);
    return outcome;
  };
  return { redis, directory, backUp, verify };
}

test('a backup is verified by loading it and reading each of its keys', async () => {
  const { backUp, verify, directory } = await createWorld();
  const backup = await backUp();
  copyFileSync(backup, join(directory, 'redis-a-b-20991231T000000Z.rdb'));
  const before = readFileSync(backup);
  expect(await verify()).toMatchObject({ code: 0, stdout: `verified ${backup}: 5 keys` });
  expect(await verify({ MIN_KEYS: '5' })).toMatchObject({ code: 0 });
  expect(await verify({ MIN_KEYS: '6' })).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('holds 5 keys, at least 6 are expected'),
  });
  expect(readFileSync(backup).equals(before)).toBe(true);
});

test('more keys than one page holds are read as well, and what has expired is not missed', async () => {
  const { redis, backUp, verify } = await createWorld();
  await redis.command('EVAL', "for i = 1, 12000 do redis.call('SET', 'key' .. i, 'x') end", 0);
  await redis.command('SET', 'short', 'x', 'PX', 500);
  const backup = await backUp();
  const { code, stdout, stderr } = await verify({ MIN_KEYS: '12005' });
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(new RegExp(`^verified ${backup}: 1200[56] keys$`));
});

test('a damaged newest backup is refused, though an older one is whole', async () => {
  const { backUp, verify, directory } = await createWorld();
  const backup = await backUp();
  const bytes = readFileSync(backup);
  bytes[bytes.length - 12] = (bytes.at(-12) ?? 0) ^ 0xff;
  writeFileSync(join(directory, 'redis-a-20991231T000000Z.rdb'), bytes);
  expect(await verify()).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining("can't be restored") });
});

test('a newest backup that is too old, or none, is refused', async () => {
  const { backUp, verify, directory } = await createWorld();
  const stampOf = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString().replace(/[-:]|\.\d+/g, '');
  const at = (hours: number) => join(directory, `redis-a-${stampOf(hours)}.rdb`);
  renameSync(await backUp(), at(25));
  expect(await verify()).toMatchObject({ code: 0 });
  expect(await verify({ BACKUP_MAX_AGE_SECONDS: '86400' })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('at most 86400 s are allowed'),
  });
  const [name = ''] = readdirSync(directory);
  renameSync(join(directory, name), at(27));
  expect(await verify()).toMatchObject({ code: 1, stderr: expect.stringContaining('s old, at most 93600 s') });

  const none = join(directory, 'none');
  expect(await verify({ BACKUP_DIR: none })).toMatchObject({ code: 1, stderr: expect.stringContaining(none) });
  mkdirSync(none);
  expect(await verify({ BACKUP_DIR: none })).toMatchObject({ code: 1, stderr: expect.stringContaining('no backup') });
  for (const bad of [{ MIN_KEYS: 'x' }, { BACKUP_MAX_AGE_SECONDS: '-1' }, { BACKUP_NAME: '../a' }]) {
    expect(await verify(bad)).toMatchObject({ code: 1, stderr: expect.stringContaining(Object.keys(bad).join()) });
  }
});

test('a server that does not start, or does not load in time, is told with its log', async () => {
  const { backUp, verify } = await createWorld();
  await backUp();
  const programs = temporaryDirectory();
  const PATH = `${programs}:${process.env['PATH']}`;
  const install = (text: string) =>
    writeFileSync(join(programs, 'redis-server'), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  install('echo it is broken; exit 1');
  expect(await verify({ PATH })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/it is broken\n.*no server starts/),
  });
  install('exec sleep 60');
  expect(await verify({ PATH, VERIFY_TIMEOUT_SECONDS: '1' })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('was not loaded after 1 s'),
  });
});
