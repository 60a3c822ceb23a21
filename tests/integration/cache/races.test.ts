import { onTestFinished, test } from 'vitest';
import { freshTenant } from '#tests/contracts/search-engine/under-test.ts';
import { raceAnswers } from '#tests/cache/race-answers.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { createTestEngine, openServer } from '../support/opensearch.ts';
import { openState } from '../state/open-store.ts';

/** Two pods, each with its own clients of one Redis and one OpenSearch. */

test(
  'no answer, of any pod, is older than the last change of a document that has returned',
  { timeout: 600_000 },
  async () => {
    const redis = await startRedisServer();
    const tenant = freshTenant();
    const createEngines = async () => {
      const { store, corpus, close } = await openState({
        STATE_STORE: 'redis',
        REDIS_URL: redis.url,
        STATE_TIMEOUT_MILLISECONDS: '5000',
      });
      const engine = createTestEngine(openServer());
      onTestFinished(async () => {
        await engine.close();
        await close();
      });
      return { store, corpus, engine };
    };
    const pods = [await createEngines(), await createEngines()];
    onTestFinished(async () => {
      const engine = createTestEngine(openServer());
      await engine.drop(createScope(tenant), calm);
      await engine.close();
    });
    await raceAnswers({ pods, rounds: 1_000, tenant });
  },
);
