import { expect, onTestFinished, test } from 'vitest';
import type { StateStore } from '#lib/state/store.ts';
import { platformCollection } from '#lib/tenancy/state-key.ts';
import { startFaultProxy } from '#tests/support/fault-proxy.ts';
import { startRedisServer, type RedisServer } from '#tests/support/redis-server.ts';
import { calm } from '#tests/support/scope.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';
import { openStore } from './open-store.ts';

const things = platformCollection('thing');

async function open(variables: Record<string, string>, telemetry = createRecordedTelemetry()): Promise<StateStore> {
  const store = await openStore({ STATE_STORE: 'redis', ...variables }, telemetry);
  onTestFinished(() => store.close());
  return store;
}

const connectionsOf = async (redis: RedisServer): Promise<number> =>
  String(await redis.command('CLIENT', 'LIST')).split('name=genai ').length - 1;

test('little load has one connection, much of it at most as many as are allowed', async () => {
  const redis = await startRedisServer();
  const limits = { REDIS_MAX_CONNECTIONS: '3', STATE_TIMEOUT_MILLISECONDS: '10000' };
  const store = await open({ REDIS_URL: redis.url, ...limits });
  const putAll = (length: number) =>
    Promise.all(Array.from({ length }, (_, id) => store.put(things.key(String(id)), 'x', {}, calm)));
  await putAll(20);
  expect(await connectionsOf(redis)).toBe(1);
  for (let round = 0; round < 5; round += 1) await putAll(1_000);
  expect(await connectionsOf(redis)).toBe(3);
});

test('a connection that the server ends is replaced, and no call fails for it', async () => {
  const redis = await startRedisServer();
  const telemetry = createRecordedTelemetry();
  const store = await open({ REDIS_URL: redis.url }, telemetry);
  for (let round = 0; round < 50; round += 1) {
    await store.put(things.key('a'), String(round), {}, calm);
    await redis.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    expect(await store.get(things.key('a'), calm)).toMatchObject({ value: String(round) });
  }
  expect(telemetry.states).toEqual(['closed']);
});

test('the first call of a process waits for the connection longer than its budget', async () => {
  const redis = await startRedisServer({ password: 'secret' });
  const proxy = await startFaultProxy({ port: redis.port });
  await proxy.setMode({ slow: 200 });
  const url = `redis://${proxy.host}:${proxy.port}`;
  const store = await open({ REDIS_URL: url, DB_PASSWORD: 'secret', STATE_TIMEOUT_MILLISECONDS: '20' });
  expect(await store.get(things.key('a'), calm)).toBeUndefined();
  await expect(store.get(things.key('a'), calm), 'and no other does').rejects.toMatchObject({
    code: 'state_unavailable',
    retryAfter: 2,
  });
});

test('a process that was busy itself takes the answer that has come in the meantime', async () => {
  const redis = await startRedisServer();
  const store = await open({ REDIS_URL: redis.url, STATE_TIMEOUT_MILLISECONDS: '20' });
  await store.put(things.key('a'), 'x', {}, calm);
  const calls = Array.from({ length: 10 }, () => store.get(things.key('a'), calm));
  const end = performance.now() + 200;
  await Promise.resolve();
  while (performance.now() < end);
  expect(await Promise.all(calls)).toEqual(calls.map(() => ({ value: 'x', version: 1 })));
});

test('a caller that leaves gets its own reason, and the server is not blamed', async () => {
  const redis = await startRedisServer();
  const telemetry = createRecordedTelemetry();
  const store = await open({ REDIS_URL: redis.url, STATE_TIMEOUT_MILLISECONDS: '5000' }, telemetry);
  await store.get(things.key('a'), calm);
  redis.pause();
  for (let call = 0; call < 8; call += 1) {
    const caller = new AbortController();
    const pending = store.get(things.key('a'), caller.signal);
    caller.abort(new Error('gone'));
    await expect(pending).rejects.toThrow('gone');
  }
  redis.resume();
  expect(await store.get(things.key('a'), calm)).toBeUndefined();
  expect(telemetry.states).toEqual(['closed']);
});
