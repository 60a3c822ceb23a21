import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTestPlatform } from '#tests/support/platform.ts';
import { createKey, exchange, searchWith } from './admin.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

test('an expired key and its tokens are refused like any bad credential', async () => {
  const platform = await createTestPlatform();
  const { key } = await createKey(platform, { expires_at: new Date(Date.now() + 60_000).toISOString() });
  const token = await exchange(platform, key);
  expect((await searchWith(platform, key)).status).toBe(200);

  vi.setSystemTime(Date.now() + 61_000);
  expect((await searchWith(platform, key)).status).toBe(401);
  expect((await platform.call('POST /v1/token', { token: key })).status).toBe(401);

  vi.setSystemTime(Date.now() + 40_000);
  expect((await searchWith(platform, token)).status).toBe(401);
});
