import { expect, test } from 'vitest';
import { createIdempotency } from '#lib/idempotency/create-idempotency.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';
import { openStore } from '../state/open-store.ts';

test('of keys that were let go of no pulse is left, and no record for more than a minute', async () => {
  const redis = await startRedisServer();
  const store = await openStore({ STATE_STORE: 'redis', REDIS_URL: redis.url });
  const idempotency = createIdempotency({
    store,
    logger: createRecordedTelemetry().logger,
    audit: { recordAccess: () => undefined },
    randomId: () => crypto.randomUUID(),
  });
  const scope = createScope('acme');
  for (let index = 0; index < 10; index += 1) {
    const request = { key: `key-${index}`, target: 'POST /', content: '', outlivesErasure: false };
    const begun = await idempotency(scope, request, calm);
    if ('attempt' in begun) await begun.attempt.free();
  }
  const keys = await redis.keys();
  expect(keys.filter((key) => key.includes('pulse'))).toEqual([]);
  const records = keys.filter((key) => !key.includes('#'));
  expect(records).toHaveLength(10);
  for (const record of records) {
    const lifetime = Number(await redis.command('PTTL', record));
    expect(lifetime).toBeGreaterThan(0);
    expect(lifetime).toBeLessThanOrEqual(60_000);
  }
  await store.close();
});
