import { expect, test } from 'vitest';
import { startFaultProxy, type FaultMode } from '#tests/support/fault-proxy.ts';
import { startRedisCluster } from '#tests/support/redis-cluster.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';
import { startUpstashBridge } from '#tests/support/upstash-bridge.ts';
import { createKey, exchange } from '#tests/functions/tenants/admin.ts';
import { drivePlatform, driveRedis, expectOutage, expectRecovery, letCacheAge } from './drive.ts';

const modes: FaultMode[] = ['down', 'blackhole'];

test.each(modes)('upstash behind a network that is %s', async (mode) => {
  const bridge = await startUpstashBridge({ redis: await startRedisServer() });
  const proxy = await startFaultProxy({ port: bridge.port });
  const variables = {
    STATE_STORE: 'upstash',
    UPSTASH_REDIS_REST_URL: `http://${proxy.host}:${proxy.port}`,
    UPSTASH_REDIS_REST_TOKEN: bridge.token,
  };
  const driven = await drivePlatform(variables, proxy);
  await letCacheAge();
  await proxy.setMode(mode);
  await expectOutage(driven);
  await proxy.setMode('pass');
  await expectRecovery(driven);
});

test('a cluster whose nodes all freeze', async () => {
  const cluster = await startRedisCluster();
  const driven = await drivePlatform({ STATE_STORE: 'redis', REDIS_URL: cluster.url });
  await letCacheAge();
  for (const node of cluster.nodes) node.pause();
  await expectOutage(driven);
  for (const node of cluster.nodes) node.resume();
  await expectRecovery(driven);
});

test('a cluster whose nodes are all killed and start again', async () => {
  const cluster = await startRedisCluster();
  const driven = await drivePlatform({ STATE_STORE: 'redis', REDIS_URL: cluster.url });
  await letCacheAge();
  for (const node of cluster.nodes) await node.kill();
  await expectOutage(driven);
  for (const node of cluster.nodes) await node.restart();
  await cluster.settle();
  await expectRecovery(driven);
});

test('in an outage a known key is accepted, and one that is not known is neither accepted nor refused', async () => {
  const driven = await driveRedis();
  const { platform, send, proxy } = driven;
  const { id, key } = await createKey(platform);
  const token = await exchange(platform, key);
  const unknown = key.replace(id, id.startsWith('a') ? `b${id.slice(1)}` : `a${id.slice(1)}`);
  const search = async (credential: string) => (await send('POST', '/v1/search', { query: 'x' }, credential)).status;
  expect(await search(unknown)).toBe(401);
  await letCacheAge();
  await proxy.setMode('down');
  for (let time = 0; time < 6; time += 1) {
    expect(await search(key)).toBe(200);
    expect(await search(token)).toBe(200);
    expect(await search(unknown)).toBe(503);
  }
  expect(await search(`${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`), 'the secret is checked').toBe(401);
});
