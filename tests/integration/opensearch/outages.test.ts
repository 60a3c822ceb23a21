import { setTimeout as wait } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { startFaultProxy, type FaultMode } from '#tests/support/fault-proxy.ts';
import { startUpstream } from '#tests/support/upstream.ts';
import { startAnsweringProxy } from '../support/answering-proxy.ts';
import { admin, breaker, createFaultWorld, open, openSearchUrl, timed } from './fault-world.ts';

/** What clients and operators see when OpenSearch is away, slow or does not answer. */

test.each<[string, FaultMode]>([
  ['down', 'down'],
  ['a black hole', 'blackhole'],
  ['slow by 10 s', { slow: 10_000 }],
  ['resetting its answers', 'reset'],
  ['half-open', 'halfOpen'],
])(
  'while it is %s: 503 in time, no model call, then refused at once, and back without a restart',
  async (_name, mode) => {
    const proxy = await startFaultProxy({ host: open.hostname, port: Number(open.port) });
    const upstream = await startUpstream({});
    const world = await createFaultWorld(`http://${proxy.host}:${proxy.port}`, {
      LLM_BASE_URL: upstream.url,
      LLM_MODEL: 'simulated',
    });
    expect((await world.search()).status).toBe(200);
    await proxy.setMode(mode);
    const ask = () =>
      world.call('POST /v1/query', { token: world.token, json: { question: 'How long do refunds take?' } });

    const { response, milliseconds } = await timed(ask);
    // New connections of a half-open network work, so that a second try is answered.
    if (mode !== 'halfOpen') {
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('5');
      expect(await response.json()).toMatchObject({ code: 'search_unavailable', retry_after: 5 });
      expect(upstream.calls).toHaveLength(0);
    }
    expect(milliseconds).toBeLessThan(3_200 + 500);

    if (mode !== 'halfOpen') {
      for (let tries = 0; tries < 5 && (await breaker(world)) !== 2; tries += 1) await ask();
      expect(await breaker(world)).toBe(2);
      expect(await world.metric('genai_dependency_up{dependency="search"}')).toBe(0);
      const before = { connections: proxy.connections, received: proxy.received };
      const refused = await Promise.all(Array.from({ length: 20 }, () => timed(ask)));
      for (const each of refused) expect(each.response.status).toBe(503);
      // None of them waited for an answer, for none of them asked.
      expect({ connections: proxy.connections, received: proxy.received }).toEqual(before);
      expect(upstream.calls).toHaveLength(0);
      expect((await world.call('GET /readyz')).status).toBe(200);
    }

    await proxy.setMode('pass');
    await vi.waitFor(async () => expect((await world.search()).status).toBe(200), { timeout: 8_000, interval: 200 });
    expect(await breaker(world)).toBe(0);
    await upstream.close();
  },
);

test('a write while it is down fails by item, and the document is there once it is sent again', async () => {
  const proxy = await startFaultProxy({ host: open.hostname, port: Number(open.port) });
  const world = await createFaultWorld(`http://${proxy.host}:${proxy.port}`);
  await proxy.setMode('down');
  const json = { text: 'Written in bad times.' };
  const refused = await world.call('PUT /v1/documents/late', { token: world.token, json });
  expect(await refused.json()).toMatchObject({ status: 503, code: 'search_unavailable' });
  await proxy.setMode('pass');
  await vi.waitFor(
    async () => {
      const stored = await world.call('PUT /v1/documents/late', { token: world.token, json });
      expect(stored.status).toBe(201);
    },
    { timeout: 45_000, interval: 500 },
  );
  const found = await world.call('POST /v1/search', { token: world.token, json: { query: 'bad times' } });
  expect(await found.json()).toMatchObject({ hits: [{ document_id: 'late' }] });
});

test('a search that its client leaves is cancelled inside the engine', async () => {
  const world = await createFaultWorld(openSearchUrl);
  // A query of the test's own that keeps the engine busy for seconds; the platform sends no scripts.
  const source = 'double x = 0; for (int i = 0; i < 2000000; i++) { x += Math.sqrt(i % 7); } return 1 + x * 0;';
  await admin('POST', `/genai_${world.tenant}/_bulk?refresh=true`);
  const left = new AbortController();
  const slow = fetch(`${openSearchUrl}/genai_${world.tenant}/_search?cancel_after_time_interval=1400ms`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: { script_score: { query: { match_all: {} }, script: { source } } } }),
    signal: left.signal,
  }).catch(() => undefined);
  await wait(20);
  left.abort();
  await slow;
  await vi.waitFor(
    async () => {
      const tasks = await (await admin('GET', '/_tasks?actions=*search*')).json();
      expect(JSON.stringify(tasks)).not.toContain('indices:data/read/search"');
    },
    { timeout: 5_000 },
  );
});

test('every search says how long it may take, and is cancelled by the engine after that', async () => {
  const proxy = await startAnsweringProxy(openSearchUrl);
  const world = await createFaultWorld(proxy.url);
  proxy.seen.length = 0;
  await world.search();
  await world.call('GET /v1/documents', { token: world.token });
  const searches = proxy.seen.filter(({ path }) => path.includes('/_search'));
  expect(searches.length).toBeGreaterThanOrEqual(2);
  for (const { path, body } of searches) {
    expect(path).toMatch(/cancel_after_time_interval=1[45][05]0ms/);
    expect(JSON.parse(body)).toMatchObject({ timeout: expect.stringMatching(/^1300ms$/) });
  }
});
