import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { freshTenant } from '#tests/contracts/search-engine/under-test.ts';
import { createToken } from '#tests/support/platform.ts';
import { startAnsweringProxy } from '../support/answering-proxy.ts';
import { breaker, createFaultWorld, openSearchUrl } from './fault-world.ts';

/** What they see when it has no room for more calls, or not for all shards. */

test('no more calls are in flight than the limit, and what can’t wait is refused', async () => {
  const proxy = await startAnsweringProxy(openSearchUrl);
  const world = await createFaultWorld(proxy.url);
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
  const world = await createFaultWorld(proxy.url);
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
  const world = await createFaultWorld(proxy.url);
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
  const world = await createFaultWorld(proxy.url);
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
  const world = await createFaultWorld(proxy.url);
  const rejection = JSON.stringify({ error: { type: 'rejected_execution_exception', reason: 'full' }, status: 429 });
  proxy.intercept(({ path }) =>
    path.includes('/_search') ? Promise.resolve({ status: 429, body: rejection }) : undefined,
  );
  proxy.seen.length = 0;
  for (let round = 0; round < 10; round += 1) await Promise.all(Array.from({ length: 10 }, () => world.search()));
  // Ten were kept for bad times; each hundred calls earn ten more.
  expect(proxy.seen.length).toBeLessThanOrEqual(100 + 10 + 10);
});
