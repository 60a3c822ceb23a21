import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createKey, createPlatformAdmin, searchWith } from '#tests/functions/tenants/admin.ts';
import { createTestPlatform, createToken, type TestPlatform } from '#tests/support/platform.ts';
import { temporaryDirectory } from '#tests/support/process.ts';
import { startRedisCluster } from '#tests/support/redis-cluster.ts';
import { startRedisServer, type RedisServer } from '#tests/support/redis-server.ts';

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

const run = (script: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(
      'sh',
      [`knative/jobs/scripts/${script}`, ...args],
      { env: { PATH: process.env['PATH'], ...env } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout: stdout.trim(), stderr }),
    );
  });

const toEnv = (redis: RedisServer, directory: string): NodeJS.ProcessEnv => ({
  REDIS_HOST: redis.host,
  REDIS_PORT: String(redis.port),
  BACKUP_DIR: directory,
  ...(redis.password === undefined ? {} : { REDISCLI_AUTH: redis.password }),
});

async function backUp(redis: RedisServer, directory: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { code, stdout, stderr } = await run('redis-backup.sh', [], { ...toEnv(redis, directory), ...env });
  expect(code, stderr).toBe(0);
  return stdout;
}

async function restore(backup: string, directory: string, ...options: string[]): Promise<void> {
  const { code, stderr } = await run('redis-restore.sh', [...options, backup, directory]);
  expect(code, stderr).toBe(0);
}

/** Kept a moment after what it is of, whenever that was: no two readings need have the same. */
const isNote = (name: string): boolean => name.includes(':audit-head:');

/** Everything that a server holds, by key. */
async function readAll(redis: RedisServer): Promise<Map<string, unknown>> {
  const readers: Record<string, (key: string) => Promise<unknown>> = {
    string: (key) => redis.command('GET', key),
    hash: (key) => redis.command('HMGET', key, 'value', 'version'),
    set: async (key) => {
      const members: string[] = Object(await redis.command('SMEMBERS', key));
      return members.filter((member) => !isNote(member)).toSorted();
    },
    zset: (key) => redis.command('ZRANGE', key, 0, -1, 'WITHSCORES'),
  };
  const all = new Map<string, unknown>();
  for (const key of (await redis.keys()).filter((name) => !isNote(name)).toSorted()) {
    const type = String(await redis.command('TYPE', key));
    const expiry = await redis.command('PEXPIRETIME', key);
    all.set(key, { type, expiry, value: await readers[type]?.(key) });
  }
  return all;
}

/** What a node that was lost leaves: its configuration alone. */
function destroyData(redis: RedisServer): void {
  for (const name of readdirSync(redis.directory)) {
    if (name !== 'redis.conf' && name !== 'nodes.conf') rmSync(join(redis.directory, name), { recursive: true });
  }
}

/** The delay in which a server waits for further replicas only costs the tests time. */
const durable = { appendonly: 'yes', 'repl-diskless-sync-delay': '0' };
const openPlatform = (url: string, password?: string): Promise<TestPlatform> =>
  createTestPlatform({
    TENANT_AUTO_CREATE: 'false',
    STATE_STORE: 'redis',
    REDIS_URL: url,
    ...(password === undefined ? {} : { DB_PASSWORD: password }),
  });

test('a server that was lost is back with every record, and its keys open the platform', async () => {
  const redis = await startRedisServer({ config: durable, password: 'pass word/with:all@kinds' });
  const platform = await openPlatform(redis.url);
  const tenants = ['acme', 'acme-corp', 'beta'];
  for (const id of tenants) await platform.addTenant(id);
  const keys: string[] = [];
  for (const id of tenants) {
    for (let count = 0; count < 3; count += 1) keys.push((await createKey(platform, { name: `k${count}` }, id)).key);
  }
  await redis.command('HSET', 'genai:{acme.x}:short:a', 'value', 'x', 'version', 1);
  await redis.command('PEXPIRE', 'genai:{acme.x}:short:a', 3_600_000);
  const token = await createPlatformAdmin();
  const before = await readAll(redis);
  const listed = await (await platform.call('GET /v1/tenants', { token })).json();

  const directory = temporaryDirectory();
  const backup = await backUp(redis, directory);
  await platform.addTenant('later');
  await redis.kill();
  destroyData(redis);
  await restore(backup, redis.directory);
  await redis.restart();

  expect(await readAll(redis)).toEqual(before);
  const restored = await openPlatform(redis.url);
  expect(await (await restored.call('GET /v1/tenants', { token })).json()).toEqual(listed);
  for (const key of keys) expect((await searchWith(restored, key)).status).toBe(200);
  expect((await searchWith(restored, await createToken({ tenant_id: 'later' }))).status).toBe(403);

  await restored.addTenant('new');
  const after = await readAll(redis);
  await redis.restart();
  expect(await readAll(redis), 'what is written after it is kept as well').toEqual(after);
});

test('each primary of a cluster is backed up and restored by itself', async () => {
  const cluster = await startRedisCluster();
  for (const node of cluster.nodes) await node.command('CONFIG', 'SET', ...Object.entries(durable).flat());
  const platform = await openPlatform(cluster.url);
  const ids = Array.from({ length: 12 }, (_, index) => `tenant-${index}`);
  for (const id of ids) await platform.addTenant(id);
  const keys = await Promise.all(ids.map(async (id) => (await createKey(platform, {}, id)).key));
  const before = await Promise.all(cluster.nodes.map(readAll));
  expect(before.filter(({ size }) => size > 0).length).toBeGreaterThan(1);

  const directory = temporaryDirectory();
  const backups: string[] = [];
  for (const node of cluster.nodes) backups.push(await backUp(node, directory));
  for (const node of cluster.nodes) await node.kill();
  for (const [index, node] of cluster.nodes.entries()) {
    destroyData(node);
    await restore(backups[index] ?? '', node.directory);
    await node.restart(durable);
  }
  for (const node of cluster.nodes) {
    const info = () => node.command('CLUSTER', 'INFO');
    await expect.poll(info, { timeout: 30_000 }).toContain('cluster_state:ok');
  }
  expect(await Promise.all(cluster.nodes.map(readAll))).toEqual(before);
  const restored = await openPlatform(cluster.url);
  for (const key of keys) expect((await searchWith(restored, key)).status).toBe(200);
});

test('a user of the server that may back up alone is enough; its password comes from a file', async () => {
  const redis = await startRedisServer({ config: durable });
  const grants = ['+ping', '+info', '+lastsave', '+bgsave', '+replconf', '+psync', '+sync'];
  const telling = ['~genai:{_platform}:backup:*', '+hset'];
  await redis.command('ACL', 'SETUSER', 'backup', 'on', '>its password', '-@all', ...grants, ...telling);
  await redis.command('SET', 'a', 'x');
  const file = join(temporaryDirectory(), 'password');
  writeFileSync(file, 'its password\n');
  const env = { REDIS_USERNAME: 'backup', REDIS_PASSWORD_FILE: file };
  const backup = await backUp(redis, temporaryDirectory(), env);
  expect(statSync(backup).mode & 0o077, 'nobody else may read it').toBe(0);
  const told = Number(await redis.command('HGET', 'genai:{_platform}:backup:state', 'value'));
  expect(Math.abs(told - Date.now() / 1000), 'the platform knows of it').toBeLessThan(600);
});

test('the newest backups of a server are kept, and those of others are left alone', async () => {
  const redis = await startRedisServer({ config: durable });
  const directory = temporaryDirectory();
  const old = ['20200101T000000Z', '20210101T000000Z', '20220101T000000Z'];
  const others = ['redis-a-b-20200101T000000Z.rdb', 'redis-a-20200101.rdb', 'notes.txt'];
  for (const time of old) writeFileSync(join(directory, `redis-a-${time}.rdb`), '');
  for (const name of others) writeFileSync(join(directory, name), '');
  const backup = await backUp(redis, directory, { BACKUP_NAME: 'a', BACKUP_KEEP: '2' });
  const kept = ['redis-a-20220101T000000Z.rdb', backup.slice(directory.length + 1), ...others];
  expect(readdirSync(directory).toSorted()).toEqual(kept.toSorted());
});

test('a backup that fails leaves no file and deletes none', async () => {
  const redis = await startRedisServer({ config: durable, password: 'right' });
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'redis-a-20200101T000000Z.rdb'), '');
  const fails = async (env: NodeJS.ProcessEnv) => {
    const all = { ...toEnv(redis, directory), BACKUP_NAME: 'a', BACKUP_KEEP: '1', ...env };
    const { code, stderr } = await run('redis-backup.sh', [], all);
    expect(code).toBe(1);
    expect(readdirSync(directory)).toEqual(['redis-a-20200101T000000Z.rdb']);
    return stderr;
  };
  expect(await fails({ REDISCLI_AUTH: 'wrong' })).not.toContain('wrong');
  await fails({ REDIS_PORT: '1' });
  expect(await fails({ BACKUP_KEEP: '0' })).toContain('BACKUP_KEEP');
  expect(await fails({ BACKUP_NAME: '../a' })).toContain('BACKUP_NAME');
  await redis.command('CONFIG', 'SET', 'appendonly', 'no');
  rmSync(redis.directory, { recursive: true });
  expect(await fails({}), 'the disk of the server does not take it').toContain("the server's save failed");
  mkdirSync(redis.directory);
});

test('a damaged backup changes nothing, and data is replaced only by force and put aside', async () => {
  const redis = await startRedisServer({ config: durable });
  await redis.command('SET', 'a', 'first');
  const backup = await backUp(redis, temporaryDirectory());
  await redis.command('SET', 'a', 'second');
  await redis.kill();

  const damaged = join(temporaryDirectory(), 'damaged.rdb');
  const bytes = readFileSync(backup);
  bytes[bytes.length - 12] = (bytes.at(-12) ?? 0) ^ 0xff;
  writeFileSync(damaged, bytes);
  const names = readdirSync(redis.directory);
  const refused = async (...args: string[]) => {
    const { code, stderr } = await run('redis-restore.sh', args);
    expect(code).toBe(1);
    expect(readdirSync(redis.directory)).toEqual(names);
    return stderr;
  };
  expect(await refused('--force', damaged, redis.directory)).toContain('damaged');
  expect(await refused(backup, redis.directory)).toContain('--force');
  await refused(join(redis.directory, 'none.rdb'), redis.directory);
  await refused(backup, join(redis.directory, 'none'));
  await refused(backup);
  await redis.restart();
  expect(await redis.command('GET', 'a')).toBe('second');

  await redis.kill();
  await restore(backup, redis.directory, '--force');
  await redis.restart();
  expect(await redis.command('GET', 'a')).toBe('first');
  const aside = readdirSync(redis.directory).find((name) => name.startsWith('replaced-')) ?? '';
  expect(readdirSync(join(redis.directory, aside))).toContain('appendonlydir');
});
