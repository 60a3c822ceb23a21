import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createPlatformAdmin } from '#tests/functions/tenants/admin.ts';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';
import { startFleet } from './fleet.ts';
import { promptOf } from './prompt-of.ts';
import { startProvider, toCatalogue } from './provider.ts';

const places = 50;
const endlessChunks = Array.from({ length: 10_000 }, () => 'word');

test('a tenant that takes all it can get, and one that is above its limits, leave a third one a place at any time', async () => {
  const upstream = await startProvider((body) =>
    promptOf({ body }) === 'endless' ? { chunks: endlessChunks, delay: 100 } : { chunks: ['word'] },
  );
  const redis = await startRedisServer();
  const store = { STATE_STORE: 'redis', REDIS_URL: redis.url, STATE_TIMEOUT_MILLISECONDS: '1000' };
  const platform = await createTestPlatform(store);
  const admin = await createPlatformAdmin();
  const limits = { loud: { concurrent_requests: 5, requests_per_minute: 100 }, wild: {}, quiet: {} };
  for (const [id, ofTenant] of Object.entries(limits)) {
    const json = { id, name: id, limits: ofTenant };
    expect((await platform.call('POST /v1/tenants', { token: admin, json })).status).toBe(201);
  }
  const env = { ...store, MAX_IN_FLIGHT: String(places), LLM_CATALOG: toCatalogue(upstream) };
  const { urls } = await startFleet(1, env, 'functions/chat/main.ts');
  const over = new AbortController();
  const isOver = (): boolean => over.signal.aborted;

  async function ask(token: string, content: string, signal?: AbortSignal): Promise<number> {
    const response = await fetch(`${urls[0]}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'simulated', messages: [{ role: 'user', content }] }),
      ...(signal ? { signal } : {}),
    });
    await response.text();
    return response.status;
  }

  const refusals = new Map<string, number>();
  async function flood(tenant: string, content: string): Promise<void> {
    const token = await createToken({ tenant_id: tenant });
    while (!isOver()) {
      const status = await ask(token, content, over.signal).catch(() => 0);
      if (status === 429 || status === 503) refusals.set(tenant, (refusals.get(tenant) ?? 0) + 1);
      await wait(200);
    }
  }
  const floods = [
    ...Array.from({ length: 200 }, () => flood('wild', 'endless')),
    ...Array.from({ length: 50 }, () => flood('loud', 'short')),
  ];
  const endless = () => upstream.calls.filter((call) => promptOf(call) === 'endless').length;
  await expect.poll(() => endless(), { timeout: 10_000 }).toBeGreaterThan(places / 2);
  await expect.poll(() => refusals.get('wild') ?? 0, { timeout: 10_000 }).toBeGreaterThan(0);
  await expect.poll(() => refusals.get('loud') ?? 0, { timeout: 10_000 }).toBeGreaterThan(0);

  const token = await createToken({ tenant_id: 'quiet' });
  const statuses = new Set<number>();
  for (let time = 0; time < 25; time += 1) statuses.add(await ask(token, 'one'));
  expect(statuses).toEqual(new Set([200]));
  expect(endless(), 'who takes all it can get never has all').toBeLessThan(places);
  over.abort();
  await Promise.all(floods);
}, 120_000);
