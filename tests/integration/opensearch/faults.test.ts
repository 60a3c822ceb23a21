import { setTimeout as wait } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { freshTenant } from '#tests/contracts/search-engine/under-test.ts';
import { startFaultProxy, type FaultMode } from '#tests/support/fault-proxy.ts';
import { createTestPlatform, createToken, type TestPlatform } from '#tests/support/platform.ts';
import { startUpstream } from '#tests/support/upstream.ts';
import { startAnsweringProxy } from '../support/answering-proxy.ts';
import { openServer } from '../support/opensearch.ts';

/** What clients and operators see when OpenSearch is away, slow, full or partly broken. */

const { url: openSearchUrl } = openServer();
const open = new URL(openSearchUrl);

async function createWorld(url: string, env: NodeJS.ProcessEnv = {}) {
  const platform = await createTestPlatform({ SEARCH_ENGINE: 'opensearch', OPENSEARCH_URL: url, ...env });
  const tenant = freshTenant();
  const token = await createToken({ tenant_id: tenant, role: 'tenant_admin' });
  const documents = [{ id: 'returns', text: 'Refunds are paid out within five working days.' }];
  const stored = await platform.call('POST /v1/documents', { token, json: { documents } });
  expect(await stored.json()).toMatchObject({ results: [{ status: 'created' }] });
  const search = () => platform.call('POST /v1/search', { token, json: { query: 'refunds' } });
  return { ...platform, tenant, token, search };
}

async function timed(call: () => Promise<Response>) {
  const started = performance.now();
  const response = await call();
  return { response, milliseconds: performance.now() - started };
}

const breaker = (platform: TestPlatform) => platform.metric('genai_circuit_breaker_state{dependency="search"}');
const admin = (method: string, path: string, body?: object) =>
  fetch(`${openSearchUrl}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });

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
    const world = await createWorld(`http://${proxy.host}:${proxy.port}`, {
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
  const world = await createWorld(`http://${proxy.host}:${proxy.port}`);
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
  const world = await createWorld(openSearchUrl);
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
  const world = await createWorld(proxy.url);
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

test('no more calls are in flight than the limit, and what can’t wait is refused', async () => {
  const proxy = await startAnsweringProxy(openSearchUrl);
  const world = await createWorld(proxy.url);
  let inFlight = 0;
  let most = 0;
  proxy.intercept((_request, ask) =>
    (async () => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await wait(300);
      inFlight -= 1;
      return ask();
    })(),
  );
  const responses = await Promise.all(Array.from({ length: 200 }, () => world.search()));
  expect(most).toBeLessThanOrEqual(64);
  expect(most).toBeGreaterThan(32);
  for (const { status } of responses) expect([200, 503]).toContain(status);
});

test.each([
  ['timed out', { timed_out: true }],
  ['failed on some shards', { _shards: { total: 2, successful: 1, skipped: 0, failed: 1 } }],
])('an answer that %s is marked as degraded', async (_name, change) => {
  const proxy = await startAnsweringProxy(openSearchUrl);
  const world = await createWorld(proxy.url);
  proxy.intercept(({ path }, ask) =>
    path.includes('/_search')
      ? ask().then(({ status, body }) => ({ status, body: JSON.stringify({ ...JSON.parse(body), ...change }) }))
      : undefined,
  );
  expect(await (await world.search()).json()).toMatchObject({ degraded: true, hits: [{ document_id: 'returns' }] });
  proxy.intercept(undefined);
  expect(await (await world.search()).json()).not.toHaveProperty('degraded');
});

test('a red index is its own tenant’s trouble alone', async () => {
  const proxy = await startAnsweringProxy(openSearchUrl);
  const world = await createWorld(proxy.url);
  const neighbour = await createToken({ tenant_id: freshTenant(), role: 'tenant_admin' });
  await world.call('POST /v1/documents', { token: neighbour, json: { documents: [{ id: 'a', text: 'fine' }] } });
  // What OpenSearch 2.19 answers while the only shard of an index is not assigned.
  const type = 'search_phase_execution_exception';
  const red = { error: { root_cause: [], type, reason: 'all shards failed', phase: 'query' }, status: 503 };
  proxy.intercept(({ path }) =>
    path.startsWith(`/genai_${world.tenant}.v`)
      ? Promise.resolve({ status: 503, body: JSON.stringify(red) })
      : undefined,
  );
  for (let tries = 0; tries < 8; tries += 1) {
    expect(await (await world.search()).json()).toMatchObject({ status: 503, code: 'search_unavailable' });
  }
  const other = await world.call('POST /v1/search', { token: neighbour, json: { query: 'fine' } });
  expect(await other.json()).toMatchObject({ hits: [{ document_id: 'a' }] });
  expect(await breaker(world)).toBe(0);
});

test('a refused search is tried at most twice, then told as unavailable', async () => {
  const proxy = await startAnsweringProxy(openSearchUrl);
  const world = await createWorld(proxy.url);
  const rejection = JSON.stringify({ error: { type: 'rejected_execution_exception', reason: 'full' }, status: 429 });
  let rejections = 1;
  proxy.intercept(({ path }) => {
    if (!path.includes('/_search') || rejections === 0) return undefined;
    rejections -= 1;
    return Promise.resolve({ status: 429, body: rejection });
  });
  expect((await world.search()).status).toBe(200);
  rejections = Infinity;
  proxy.seen.length = 0;
  const response = await world.search();
  expect(await response.json()).toMatchObject({ status: 503, code: 'search_unavailable' });
  expect(proxy.seen.filter(({ path }) => path.includes('/_search'))).toHaveLength(2);
  expect(await breaker(world)).toBe(0);
});

test('retries are a tenth of the calls at most', async () => {
  const proxy = await startAnsweringProxy(openSearchUrl);
  const world = await createWorld(proxy.url);
  const rejection = JSON.stringify({ error: { type: 'rejected_execution_exception', reason: 'full' }, status: 429 });
  proxy.intercept(({ path }) =>
    path.includes('/_search') ? Promise.resolve({ status: 429, body: rejection }) : undefined,
  );
  proxy.seen.length = 0;
  for (let round = 0; round < 10; round += 1) await Promise.all(Array.from({ length: 10 }, () => world.search()));
  // Ten were kept for bad times; each hundred calls earn ten more.
  expect(proxy.seen.length).toBeLessThanOrEqual(100 + 10 + 10);
});

test('of a bulk only the rows that failed are sent again', async () => {
  const proxy = await startAnsweringProxy(openSearchUrl);
  const world = await createWorld(proxy.url);
  let failures = 1;
  proxy.intercept(({ path, body }, ask) => {
    if (!path.includes('/_bulk') || failures === 0) return undefined;
    failures -= 1;
    const lines = body.trimEnd().split('\n');
    // The engine gets all but the last row, whose place in the answer says that there was no room for it.
    const kept = lines.slice(0, -2);
    return ask(`${kept.join('\n')}\n`).then((answer) => {
      const parsed = JSON.parse(answer.body);
      const rejected = { status: 429, error: { type: 'rejected_execution_exception', reason: 'full' } };
      return {
        status: 200,
        body: JSON.stringify({ ...parsed, errors: true, items: [...parsed.items, { index: rejected }] }),
      };
    });
  });
  proxy.seen.length = 0;
  const documents = ['a', 'b', 'c'].map((id) => ({ id, text: `text ${id}` }));
  const stored = await world.call('POST /v1/documents', { token: world.token, json: { documents } });
  expect(await stored.json()).toMatchObject({ results: documents.map(() => ({ status: 'created' })) });
  const bulks = proxy.seen
    .filter(({ path }) => path.includes('/_bulk'))
    .map(({ body }) => body.trimEnd().split('\n').length / 2);
  expect(bulks).toEqual([6, 1]);
  const found = await world.call('POST /v1/search', { token: world.token, json: { query: 'text' } });
  expect(Object(await found.json()).hits).toHaveLength(3);
});

test('a row that fails for good fails its own document alone', async () => {
  const proxy = await startAnsweringProxy(openSearchUrl);
  const world = await createWorld(proxy.url);
  proxy.intercept(({ path, body }, ask) => {
    if (!path.includes('/_bulk')) return undefined;
    // One row is made such that the engine's strict mapping refuses it.
    return ask(body.replace('"text":"text b"', '"text":"text b","no_such_field":1'));
  });
  const documents = ['a', 'b', 'c'].map((id) => ({ id, text: `text ${id}` }));
  const stored = await world.call('POST /v1/documents', { token: world.token, json: { documents } });
  expect(await stored.json()).toMatchObject({
    results: [{ status: 'created' }, { id: 'b', status: 'failed', error: { code: 'internal' } }, { status: 'created' }],
  });
  proxy.intercept(undefined);
  const found = await world.call('POST /v1/search', { token: world.token, json: { query: 'text' } });
  expect(
    Object(await found.json())
      .hits.map((hit: { document_id: string }) => hit.document_id)
      .toSorted(),
  ).toEqual(['a', 'c']);
});

test('on a full disk writing is refused with 507, reading goes on', async () => {
  const world = await createWorld(openSearchUrl);
  // What the engine does to an index by itself at the flood stage.
  await admin('PUT', `/genai_${world.tenant}/_settings`, { 'index.blocks.read_only_allow_delete': true });
  const response = await world.call('PUT /v1/documents/more', { token: world.token, json: { text: 'more' } });
  expect(await response.json()).toMatchObject({ status: 507, code: 'storage_full' });
  expect(await (await world.search()).json()).toMatchObject({ hits: [{ document_id: 'returns' }] });
  await admin('PUT', `/genai_${world.tenant}/_settings`, { 'index.blocks.read_only_allow_delete': null });
  expect((await world.call('PUT /v1/documents/more', { token: world.token, json: { text: 'more' } })).status).toBe(201);
});
