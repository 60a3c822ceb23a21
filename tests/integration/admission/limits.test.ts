import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createPlatformAdmin } from '#tests/functions/tenants/admin.ts';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { startRedisServer, stateEnvOf } from '#tests/support/redis-server.ts';
import { startFleet } from './fleet.ts';
import { startProvider, toCatalogue } from './provider.ts';

const requestsPerMinute = 300;
const tokensPerMinute = 30_000;
/** Of a prompt of 40 characters and an answer of 98 words. */
const tokensOfOne = 108;
const prompt = 'x'.repeat(40);
const clients = 40;
const quietMilliseconds = 1_500;

async function createWorld() {
  const redis = await startRedisServer();
  const upstream = await startProvider({ chunks: ['word'], usage: { input: 10, output: 98 } });
  const store = stateEnvOf(redis);
  const platform = await createTestPlatform(store);
  const admin = await createPlatformAdmin();

  async function createUser(id: string, limits: object): Promise<string> {
    const json = { id, name: id, limits };
    expect((await platform.call('POST /v1/tenants', { token: admin, json })).status).toBe(201);
    return createToken({ tenant_id: id });
  }

  async function isLetIn(url: string, token: string): Promise<boolean> {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'simulated', messages: [{ role: 'user', content: prompt }], max_tokens: 98 }),
    });
    await response.text();
    expect([200, 429]).toContain(response.status);
    return response.status === 200;
  }

  /** How many requests are let in while many clients ask without a pause, until none is any more. */
  async function flood(urls: readonly string[], token: string): Promise<number> {
    let count = 0;
    let letInAt = performance.now();
    const ask = async (client: number): Promise<void> => {
      while (performance.now() - letInAt < quietMilliseconds) {
        if (await isLetIn(urls[client % urls.length] ?? '', token)) {
          count += 1;
          letInAt = performance.now();
        } else await wait(20);
      }
    };
    await Promise.all(Array.from({ length: clients }, (_, client) => ask(client)));
    return count;
  }

  const start = (count: number) =>
    startFleet(count, { ...store, LLM_CATALOG: toCatalogue(upstream) }, 'functions/chat/main.ts');
  return { createUser, flood, start };
}

// A machine on which it takes a minute sees the limit's next one.
test.each([1, 5, 20])(
  '%i processes let in what a minute has, to the hundredth, and nothing anew when they are started again',
  { timeout: 180_000, retry: 1 },
  async (count) => {
    const { createUser, flood, start } = await createWorld();
    const ofRequests = await createUser('requests', { requests_per_minute: requestsPerMinute });
    const ofTokens = await createUser('tokens', { tokens_per_minute: tokensPerMinute });
    const fleet = await start(count);
    const requests = await flood(fleet.urls, ofRequests);
    expect(requests).toBeLessThanOrEqual(requestsPerMinute);
    expect(requests).toBeGreaterThanOrEqual(0.99 * requestsPerMinute);
    const tokens = (await flood(fleet.urls, ofTokens)) * tokensOfOne;
    expect(tokens).toBeLessThanOrEqual(tokensPerMinute);
    // What is left is less than one request's worst case.
    expect(tokens).toBeGreaterThanOrEqual(0.99 * tokensPerMinute);

    await Promise.all(fleet.processes.map((_, index) => fleet.kill(index)));
    const again = await start(2);
    expect(await flood(again.urls, ofRequests)).toBe(0);
    expect((await flood(again.urls, ofTokens)) * tokensOfOne).toBeLessThan(0.01 * tokensPerMinute);
    await Promise.all(again.processes.map((_, index) => again.kill(index)));
  },
);
