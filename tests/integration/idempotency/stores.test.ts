import { afterAll } from 'vitest';
import { describeIdempotencyOwners } from '#tests/contracts/idempotency-owners.ts';
import { describeIdempotency } from '#tests/contracts/idempotency.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';
import { startUpstashBridge } from '#tests/support/upstash-bridge.ts';
import { openStore, passTime } from '../state/open-store.ts';

const redis = await startRedisServer({ endWith: afterAll });
const bridge = await startUpstashBridge({ redis, endWith: afterAll });

// How long a call may take is not what is looked at here.
const patience = { STATE_TIMEOUT_MILLISECONDS: '1000' };

const openRedis = async () => ({
  store: await openStore({ ...patience, STATE_STORE: 'redis', REDIS_URL: redis.url }),
  pass: passTime,
});
const openUpstash = async () => ({
  store: await openStore({
    ...patience,
    STATE_STORE: 'upstash',
    UPSTASH_REDIS_REST_URL: bridge.url,
    UPSTASH_REDIS_REST_TOKEN: bridge.token,
  }),
  pass: passTime,
});

for (const [name, open] of [
  ['redis', openRedis],
  ['upstash', openUpstash],
] as const) {
  describeIdempotency(name, open);
  describeIdempotencyOwners(name, open);
}
