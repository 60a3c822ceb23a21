import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import type { FaultMode } from '#tests/support/fault-proxy.ts';
import { createToken } from '#tests/support/platform.ts';
import { adminToken, driveRedis, expectOutage, expectRecovery, letCacheAge } from './drive.ts';
import { passTime } from './open-store.ts';

const faults: [string, FaultMode][] = [
  ['is down', 'down'],
  ['answers after 2 s', { slow: 2_000 }],
  ['is a black hole', 'blackhole'],
  ['resets connections in the middle of answers', 'reset'],
];

test.each(faults)('while Redis %s, known tenants are served, and it is used again once it is well', async (_, mode) => {
  const driven = await driveRedis({ password: 'secret' });
  await letCacheAge();
  await driven.proxy.setMode(mode);
  await expectOutage(driven);
  await passTime(5_500);
  expect(await driven.breaker(), 'a probe has failed').toBeGreaterThan(0);
  expect(driven.events('dependency_down')).toHaveLength(1);
  await driven.proxy.setMode('pass');
  await expectRecovery(driven);
});

test('connections that went silent are given up and replaced', async () => {
  const driven = await driveRedis();
  await letCacheAge();
  const { connections } = driven.proxy;
  await driven.proxy.setMode('halfOpen');
  expect(await driven.search('acme', 5)).toEqual([200, 200, 200, 200, 200]);
  await vi.waitFor(async () => expect(await driven.search('beta')).toEqual([200]), { timeout: 6_000, interval: 20 });
  expect(driven.proxy.connections).toBeGreaterThan(connections);
  expect(await driven.search('acme', 20)).toEqual(Array.from({ length: 20 }, () => 200));
});

test('a frozen server takes no memory and no time, and is used again when it goes on', async () => {
  const driven = await driveRedis();
  const { redis, platform, proxy } = driven;
  await letCacheAge();
  redis.pause();
  await expectOutage(driven);

  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  const heap = () => {
    if (typeof collect === 'function') collect();
    return process.memoryUsage().heapUsed;
  };
  const token = await createToken();
  const before = heap();
  for (let round = 0; round < 100; round += 1) {
    const calls = Array.from({ length: 20 }, () => platform.call('POST /v1/search', { token, json: { query: 'x' } }));
    expect((await Promise.all(calls)).every(({ status }) => status === 200)).toBe(true);
    platform.logged.length = 0;
  }
  const grown = (heap() - before) / 1024 / 1024;
  expect(grown).toBeLessThan(16);
  expect(proxy.open, 'no connection but a probe’s').toBeLessThanOrEqual(1);
  redis.resume();
  await vi.waitFor(async () => expect(await driven.breaker()).toBe(0), { timeout: 6_000, interval: 20 });
  expect(await driven.search('beta')).toEqual([200]);
});

test('many requests at once that find out are all served', async () => {
  const driven = await driveRedis();
  await letCacheAge();
  driven.redis.pause();
  const token = await createToken();
  const calls = Array.from({ length: 200 }, () => driven.send('POST', '/v1/search', { query: 'x' }, token));
  expect(new Set((await Promise.all(calls)).map(({ status }) => status))).toEqual(new Set([200]));
  expect(await driven.breaker()).toBe(2);
  driven.redis.resume();
});

test('a killed server that starts again has what was written a second before', async () => {
  const driven = await driveRedis({ config: { appendonly: 'yes', appendfsync: 'everysec' } });
  const token = await adminToken();
  const created = await driven.send('POST', '/v1/tenants', { id: 'gamma', name: 'Gamma' }, token);
  expect(created.status).toBe(201);
  await passTime(1_100);
  await driven.redis.kill();
  await expectOutage(driven);
  await driven.redis.restart();
  await expectRecovery(driven);
  expect((await driven.send('GET', '/v1/tenants/gamma', undefined, token)).status).toBe(200);
});
