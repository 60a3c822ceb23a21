import { afterAll } from 'vitest';
import { describeAgainstModel } from '#tests/contracts/admission-store-model.ts';
import { describePeriods } from '#tests/contracts/admission-store-periods.ts';
import { describeSettling } from '#tests/contracts/admission-store-settling.ts';
import { describeRateWindows } from '#tests/contracts/admission-store-windows.ts';
import { describeAdmissionBudgets } from '#tests/contracts/admission-store-budgets.ts';
import { describeAdmissionStore } from '#tests/contracts/admission-store.ts';
import { describeCorpusStore } from '#tests/contracts/corpus-store.ts';
import { describeUsageStore } from '#tests/contracts/usage-store.ts';
import type { StateUnderTest } from '#tests/contracts/state-under-test.ts';
import { startRedisCluster } from '#tests/support/redis-cluster.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';
import { startUpstashBridge } from '#tests/support/upstash-bridge.ts';
import { openState, passTime } from './open-store.ts';

const redis = await startRedisServer({ endWith: afterAll });
const cluster = await startRedisCluster({ endWith: afterAll });
const bridge = await startUpstashBridge({ redis, endWith: afterAll });

/** What is tested is not how fast this machine is. */
const patience = { STATE_TIMEOUT_MILLISECONDS: '5000' };

const variables = {
  redis: { STATE_STORE: 'redis', REDIS_URL: redis.url },
  'a redis cluster': { STATE_STORE: 'redis', REDIS_URL: cluster.url },
  upstash: { STATE_STORE: 'upstash', UPSTASH_REDIS_REST_URL: bridge.url, UPSTASH_REDIS_REST_TOKEN: bridge.token },
};

for (const [name, chosen] of Object.entries(variables)) {
  const open = async (): Promise<StateUnderTest> => ({
    state: await openState({ ...chosen, ...patience }),
    pass: passTime,
    now: Date.now,
  });
  for (const describeStore of [
    describeAdmissionStore,
    describeAdmissionBudgets,
    describeSettling,
    describePeriods,
    describeUsageStore,
    describeCorpusStore,
  ]) {
    describeStore(name, open);
  }
  describeAgainstModel(name, 5, open);
  // The scripts are the same for all, and a minute is a minute.
  if (name === 'redis') describeRateWindows(name, open);
}
