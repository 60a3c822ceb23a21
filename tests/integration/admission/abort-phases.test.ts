import { describeAbortPhases } from '#tests/contracts/abort-phases.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';

describeAbortPhases('with state in Redis', async () => {
  const { url } = await startRedisServer();
  return { STATE_STORE: 'redis', REDIS_URL: url };
});
