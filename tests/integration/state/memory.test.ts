import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import type { State } from '#lib/state/state.ts';
import { startRedisCluster } from '#tests/support/redis-cluster.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';
import { calm } from '#tests/support/scope.ts';
import { startUpstashBridge } from '#tests/support/upstash-bridge.ts';
import { openState } from './open-store.ts';

const megabyte = 2 ** 20;

async function open(variables: Record<string, string>): Promise<State> {
  const state = await openState(variables);
  onTestFinished(() => state.close());
  return state;
}

const openRedis = (url: string): Promise<State> => open({ STATE_STORE: 'redis', REDIS_URL: url });

test('a server that fills up tells how full it is, and goes on to when nothing more can be written', async () => {
  const redis = await startRedisServer({ maxmemory: '32mb' });
  const { readMemory } = await openRedis(redis.url);
  expect(await readMemory(calm)).toBeLessThan(0.5);
  await redis.command('SETRANGE', 'filler', 28 * megabyte, 'x');
  expect(await readMemory(calm)).toBeGreaterThan(0.85);
  await redis.command('CONFIG', 'SET', 'maxmemory', String(16 * megabyte));
  await expect(redis.command('SET', 'more', 'x')).rejects.toThrow(/OOM/);
  expect(await readMemory(calm)).toBeGreaterThan(1.5);
});

test('a server without a limit has no share', async () => {
  const { readMemory } = await openRedis((await startRedisServer()).url);
  expect(await readMemory(calm)).toBeUndefined();
});

test('the rights that production gives its functions are enough to ask, and whoever may not ask is told nothing', async () => {
  const redis = await startRedisServer({ maxmemory: '32mb' });
  const script = readFileSync(new URL('../../../knative/data/redis-users.sh', import.meta.url), 'utf8');
  const rights = /^user genai on #\S+ (.*)$/m.exec(script)?.[1]?.split(' ') ?? [];
  await redis.command('ACL', 'SETUSER', 'functions', 'on', '>secret', ...rights);
  await redis.command('ACL', 'SETUSER', 'others', 'on', '>secret', ...rights, '-info');
  const urlOf = (user: string) => `redis://${user}:secret@${redis.host}:${redis.port}`;
  expect(await (await openRedis(urlOf('functions'))).readMemory(calm)).toBeGreaterThan(0);
  expect(await (await openRedis(urlOf('others'))).readMemory(calm)).toBeUndefined();
});

test('a cluster tells of one of its nodes', async () => {
  const cluster = await startRedisCluster();
  for (const node of cluster.nodes) await node.command('CONFIG', 'SET', 'maxmemory', String(64 * megabyte));
  expect(await (await openRedis(cluster.url)).readMemory(calm)).toBeGreaterThan(0);
});

test('by HTTP it is the same', async () => {
  const bridge = await startUpstashBridge({ redis: await startRedisServer({ maxmemory: '32mb' }) });
  const { readMemory } = await open({
    STATE_STORE: 'upstash',
    UPSTASH_REDIS_REST_URL: bridge.url,
    UPSTASH_REDIS_REST_TOKEN: bridge.token,
  });
  expect(await readMemory(calm)).toBeGreaterThan(0);
});
