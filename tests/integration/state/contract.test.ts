import { afterAll } from 'vitest';
import { describeStateStore } from '#tests/contracts/state-store.ts';
import { startRedisCluster } from '#tests/support/redis-cluster.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';
import { startUpstashBridge } from '#tests/support/upstash-bridge.ts';
import { openStore, passTime } from './open-store.ts';

const redis = await startRedisServer({ password: 'pass word/with:all@kinds', endWith: afterAll });
const cluster = await startRedisCluster({ endWith: afterAll });
const bridge = await startUpstashBridge({ redis, endWith: afterAll });

describeStateStore('redis', async () => ({
  store: await openStore({
    STATE_STORE: 'redis',
    REDIS_URL: `redis://:not-this-one@${redis.host}:${redis.port}`,
    DB_PASSWORD: redis.password ?? '',
  }),
  pass: passTime,
}));

describeStateStore('a redis cluster', async () => ({
  store: await openStore({ STATE_STORE: 'redis', REDIS_URL: cluster.url }),
  pass: passTime,
}));

describeStateStore('upstash', async () => ({
  store: await openStore({
    STATE_STORE: 'upstash',
    UPSTASH_REDIS_REST_URL: bridge.url,
    UPSTASH_REDIS_REST_TOKEN: bridge.token,
  }),
  pass: passTime,
}));
