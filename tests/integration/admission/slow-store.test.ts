import { expect, onTestFinished, test, vi } from 'vitest';
import { accountOf } from '#lib/tenancy/tenant.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { createPlatformAdmin } from '#tests/functions/tenants/admin.ts';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';
import { calm } from '#tests/support/scope.ts';
import { passTime } from '../state/open-store.ts';
import { openRedisBooks } from './books.ts';
import { startProvider, toCatalogue } from './provider.ts';

test.each([true, false])(
  'a client that leaves while the store thinks about its claim is let in nowhere, and its place is free (stream: %s)',
  async (stream) => {
    const upstream = await startProvider({ chunks: ['word'], usage: 'counted' });
    const redis = await startRedisServer();
    const platform = await createTestPlatform({
      STATE_STORE: 'redis',
      REDIS_URL: redis.url,
      STATE_TIMEOUT_MILLISECONDS: '1500',
      LLM_CATALOG: toCatalogue(upstream),
    });
    onTestFinished(() => redis.resume());
    const url = await platform.listen();
    const id = 'narrow';
    const settings = { id, name: id, limits: { concurrent_requests: 1 }, budget: { dollars: 1, period: 'total' } };
    const admin = await createPlatformAdmin();
    expect((await platform.call('POST /v1/tenants', { token: admin, json: settings })).status).toBe(201);
    const record = await platform.foundation.tenants.find(parseTenantId(id) ?? expect.fail(), calm);
    const books = openRedisBooks(redis, accountOf(record ?? expect.fail()));
    const token = await createToken({ tenant_id: id });
    const ask = (signal: AbortSignal) =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'simulated',
          messages: [{ role: 'user', content: 'Hello?' }],
          max_tokens: 10,
          stream,
        }),
        signal,
      }).then(async (response) => ({ status: response.status, text: await response.text() }));

    expect((await ask(calm)).status).toBe(200);
    const left = new AbortController();
    redis.pause();
    const asking = ask(left.signal).catch(() => 'left');
    await passTime(100);
    left.abort();
    expect(await asking).toBe('left');
    await passTime(100);
    redis.resume();
    await vi.waitFor(async () => expect((await ask(calm)).status).toBe(200), { timeout: 5_000, interval: 20 });
    await vi.waitFor(async () => expect(await books.leases()).toBe(0), { timeout: 2_000 });
    expect(upstream.calls).toHaveLength(2);
    expect(await books.entries()).toHaveLength(2);
    const { spent, reserved } = (await books.budgets())['tenant/total'] ?? expect.fail();
    expect(reserved).toBe(0);
    expect(spent).toBe((await books.entries()).reduce((sum, { nanodollars }) => sum + nanodollars, 0));
  },
);
