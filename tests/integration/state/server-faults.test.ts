import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { adminToken, driveRedis, expectOutage, expectRecovery, letCacheAge, type DrivenRedis } from './drive.ts';
import { passTime } from './open-store.ts';

/** Writes fail with this status and code, reads come from the server, and the breaker stays closed. */
async function expectReadOnly(driven: DrivenRedis, status: number, code: string): Promise<void> {
  const token = await adminToken();
  for (let time = 0; time < 8; time += 1) {
    const refused = await driven.send('POST', '/v1/tenants', { id: `refused-${time}`, name: 'x' }, token);
    expect(refused.status).toBe(status);
    expect(await refused.json()).toMatchObject({ code });
  }
  await letCacheAge();
  const { received } = driven.proxy;
  expect(await driven.search('acme')).toEqual([200]);
  expect(driven.proxy.received, 'the tenant was read').toBeGreaterThan(received);
  expect((await driven.send('GET', '/v1/tenants', undefined, token)).status).toBe(200);
  expect(await driven.breaker()).toBe(0);
  expect((await driven.send('GET', '/readyz')).status).toBe(200);
}

async function expectWritable(driven: DrivenRedis): Promise<void> {
  const json = { id: 'accepted', name: 'x' };
  expect((await driven.send('POST', '/v1/tenants', json, await adminToken())).status).toBe(201);
}

test('a server without memory: what is written is refused as storage_full, what is read is answered', async () => {
  const driven = await driveRedis({ config: { 'maxmemory-policy': 'noeviction' } });
  await driven.redis.command('CONFIG', 'SET', 'maxmemory', '1');
  await expectReadOnly(driven, 507, 'storage_full');
  await driven.redis.command('CONFIG', 'SET', 'maxmemory', '0');
  await expectWritable(driven);
});

test('a server that is a replica: what is read is answered', async () => {
  const driven = await driveRedis();
  await driven.redis.command('REPLICAOF', '127.0.0.1', '1');
  await expectReadOnly(driven, 503, 'state_unavailable');
  await driven.redis.command('REPLICAOF', 'NO', 'ONE');
  await expectWritable(driven);
});

test('a server that cannot write its disk: what is read is answered', async () => {
  const driven = await driveRedis({ config: { 'enable-protected-configs': 'yes' } });
  const { redis } = driven;
  const directory = join(redis.directory, 'gone');
  mkdirSync(directory);
  await redis.command('CONFIG', 'SET', 'save', '3600 1');
  await redis.command('CONFIG', 'SET', 'dir', directory);
  rmSync(directory, { recursive: true });
  const save = () => redis.command('BGSAVE').catch(() => undefined);
  const lastSave = async () =>
    /rdb_last_bgsave_status:(\w+)/.exec(String(await redis.command('INFO', 'persistence')))?.[1];
  await save();
  await vi.waitFor(async () => expect(await lastSave()).toBe('err'), { timeout: 5_000, interval: 20 });
  await expectReadOnly(driven, 503, 'state_unavailable');
  await redis.command('CONFIG', 'SET', 'dir', redis.directory);
  await save();
  await vi.waitFor(async () => expect(await lastSave()).toBe('ok'), { timeout: 5_000, interval: 20 });
  await expectWritable(driven);
});

test('a server that loads its data', async () => {
  // It looks up between keys once it has read so much: they must not be compressed.
  const driven = await driveRedis({ config: { rdbcompression: 'no' } });
  const { redis } = driven;
  for (let key = 0; key < 8; key += 1) await redis.command('SET', `filler-${key}`, String(key).repeat(5_000));
  await redis.command('SAVE');
  await letCacheAge();
  const slowly = { 'key-load-delay': '500000', 'loading-process-events-interval-bytes': '1024' };
  await redis.restart(slowly, false);
  await vi.waitFor(() => expect(redis.command('PING')).rejects.toThrow('LOADING'), { timeout: 5_000, interval: 20 });
  await expectOutage(driven);
  await vi.waitFor(() => redis.command('PING'), { timeout: 30_000, interval: 100 });
  await expectRecovery(driven);
});

test('a server that a script keeps busy', async () => {
  const driven = await driveRedis({ config: { 'busy-reply-threshold': '20' } });
  const { redis } = driven;
  await letCacheAge();
  const script = redis.command('EVAL', 'while true do end', 0).catch((error: unknown) => error);
  await vi.waitFor(() => expect(redis.command('PING')).rejects.toThrow('BUSY'), { timeout: 5_000, interval: 20 });
  await expectOutage(driven);
  await redis.command('SCRIPT', 'KILL');
  expect(await script).toBeInstanceOf(Error);
  await expectRecovery(driven);
});

test('a server that no longer accepts the password says so once, without the password', async () => {
  const driven = await driveRedis({ password: 'of-the-admin' }, 'app');
  const { redis } = driven;
  await letCacheAge();
  await redis.command('ACL', 'SETUSER', 'app', 'resetpass', '>another');
  await redis.command('CLIENT', 'KILL', 'USER', 'app');
  await expectOutage(driven);
  await passTime(11_000);
  expect(driven.events('dependency_access_refused')).toHaveLength(1);
  expect(driven.events('dependency_down')).toHaveLength(1);
  await redis.command('ACL', 'SETUSER', 'app', '>password-of-app');
  await expectRecovery(driven);
  expect(JSON.stringify(driven.platform.logged)).not.toMatch(/password-of-app|of-the-admin/);
});
