import { expect, onTestFinished, test, vi } from 'vitest';
import { accountOf } from '#lib/tenancy/tenant.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { createPlatformAdmin } from '#tests/functions/tenants/admin.ts';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';
import { calm } from '#tests/support/scope.ts';
import { openRedisBooks } from './books.ts';
import { chargeOf, startProvider, toCatalogue } from './provider.ts';

async function createWorld(env: NodeJS.ProcessEnv = {}) {
  const upstream = await startProvider({ chunks: ['word', 'word'], usage: 'counted' });
  const redis = await startRedisServer();
  const variables = { STATE_STORE: 'redis', REDIS_URL: redis.url, LLM_CATALOG: toCatalogue(upstream), ...env };
  const platform = await createTestPlatform(variables);
  const url = await platform.listen();
  // Before the platform is closed: it settles what it has kept.
  onTestFinished(() => redis.resume());
  const admin = await createPlatformAdmin();

  async function createUser(id: string, settings: object = {}) {
    const json = { id, name: id, ...settings };
    expect((await platform.call('POST /v1/tenants', { token: admin, json })).status).toBe(201);
    const token = await createToken({ tenant_id: id });
    const tenantId = parseTenantId(id) ?? expect.fail();
    const record = (await platform.foundation.tenants.find(tenantId, calm)) ?? expect.fail();
    const ask = (headers: Record<string, string> = {}): Promise<Response> => {
      const chat = { model: 'simulated', messages: [{ role: 'user', content: 'Hello?' }], max_tokens: 10 };
      return fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(chat),
      });
    };
    expect((await ask()).status).toBe(200);
    return { ask, books: openRedisBooks(redis, accountOf(record)) };
  }

  const isOpen = async () => (await platform.metric('genai_circuit_breaker_state{dependency="state"}')) === 2;
  return { ...platform, upstream, redis, createUser, isOpen };
}

/** Milliseconds. A call of the store is given up after 75, and a request makes few of them. */
const longestAnswer = 1_000;

async function statusesOf(ask: () => Promise<Response>, times: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const askedAt = performance.now();
    const response = await ask();
    await response.text();
    const took = performance.now() - askedAt;
    expect(took, 'an answer does not wait for the store').toBeLessThan(longestAnswer);
    statuses.push(response.status);
  }
  return statuses;
}

const recovered = (ask: () => Promise<Response>): Promise<void> =>
  vi.waitFor(async () => expect((await ask()).status).toBe(200), { timeout: 10_000, interval: 100 });

test('without a hard budget a tenant goes on, and what it used is in the ledger when the store is back', async () => {
  const { createUser, redis, upstream, isOpen, metric } = await createWorld();
  const { ask, books } = await createUser('soft', { budget: { dollars: 1, period: 'total', hard: false } });
  redis.pause();
  expect(new Set(await statusesOf(ask, 30))).toEqual(new Set([200]));
  expect(await isOpen(), 'nobody waits for the store any more').toBe(true);
  // And claims whose answer never came.
  await expect.poll(() => metric('genai_pending_settlements')).toBeGreaterThanOrEqual(30);
  redis.resume();
  await vi.waitFor(async () => expect(await metric('genai_pending_settlements')).toBe(0), { timeout: 10_000 });
  const entries = await books.entries();
  expect(entries).toHaveLength(31);
  expect(entries.map(({ outcome }) => outcome)).not.toContain('lost');
  const spent = entries.reduce((sum, { nanodollars }) => sum + nanodollars, 0);
  expect(spent).toBe(upstream.calls.reduce((sum, call) => sum + chargeOf(call), 0));
  expect((await books.budgets())['tenant/total']).toEqual({ spent, reserved: 0 });
  expect(await books.leases()).toBe(0);
});

test('with a hard budget a tenant is told to come back, and nothing is called for it', async () => {
  const { createUser, redis, upstream } = await createWorld();
  const { ask, books } = await createUser('hard', { budget: { dollars: 1, period: 'total' } });
  redis.pause();
  expect(new Set(await statusesOf(ask, 10))).toEqual(new Set([503]));
  const refused = await ask();
  expect(refused.headers.get('retry-after')).toBe('2');
  expect(await refused.json()).toMatchObject({ error: { code: 'state_unavailable' } });
  expect(upstream.calls).toHaveLength(1);
  redis.resume();
  await recovered(ask);
  await expect.poll(books.entries).not.toHaveLength(0);
  const [{ nanodollars = 0 } = {}] = await books.entries();
  await expect
    .poll(async () => (await books.budgets())['tenant/total'])
    .toEqual({ spent: 2 * nanodollars, reserved: 0 });
  expect(await books.leases()).toBe(0);
});

test('a limit is kept to by the share of this process', async () => {
  const { createUser, redis } = await createWorld({ MAX_PODS: '20' });
  const requests = await createUser('requests', { limits: { requests_per_minute: 100 } });
  const tokens = await createUser('tokens', { limits: { tokens_per_minute: 20_000 } });
  redis.pause();
  expect(await statusesOf(requests.ask, 8)).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
  const refused = await requests.ask();
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  const ofTokens = await statusesOf(tokens.ask, 100);
  expect(ofTokens).toContain(200);
  expect(ofTokens.at(-1)).toBe(429);
  redis.resume();
  await recovered(requests.ask);
});

test('with an Idempotency-Key nothing is carried out that could be carried out twice', async () => {
  const { createUser, redis, upstream } = await createWorld();
  const { ask } = await createUser('soft');
  const withKey = () => ask({ 'idempotency-key': 'key' });
  redis.pause();
  expect(new Set(await statusesOf(withKey, 8))).toEqual(new Set([503]));
  expect(upstream.calls).toHaveLength(1);
  redis.resume();
  await recovered(withKey);
  expect((await withKey()).headers.get('idempotency-replayed')).toBe('true');
  expect(upstream.calls).toHaveLength(2);
});
