import { expect, test } from 'vitest';
import { createGate } from '#lib/core/gate.ts';
import { createMetrics } from '#lib/telemetry/metrics.ts';
import { calm } from '#tests/support/scope.ts';
import { createTestPlatform } from '#tests/support/platform.ts';

test('a queue tells how many wait, and counts those that it turns away from 0 on', async () => {
  const metrics = createMetrics();
  const gate = createGate({ limit: 1, queue: 1, report: metrics.queue('search') });
  const exposed = async () => (await metrics.expose()).text;
  expect(await exposed()).toContain('genai_queue_refusals_total{queue="search"} 0');
  const leave = await gate.enter(calm);
  const waiting = gate.enter(calm);
  await expect(gate.enter(calm)).rejects.toMatchObject({ code: 'overloaded' });
  expect(await exposed()).toContain('genai_queue_length{queue="search"} 1');
  expect(await exposed()).toContain('genai_queue_refusals_total{queue="search"} 1');
  leave();
  (await waiting)();
  expect(await exposed()).toContain('genai_queue_length{queue="search"} 0');
});

test('every route is counted from 0 on, in each class of status', async () => {
  const { metric, routes } = await createTestPlatform();
  const paths = new Set(routes.map(({ path }) => path).filter((path) => path.startsWith('/v1/query')));
  expect(paths.size).toBeGreaterThan(0);
  for (const route of paths)
    for (const status of ['2xx', '4xx', '5xx'])
      expect(await metric(`genai_requests_total{function="query",route="${route}",status="${status}"}`)).toBe(0);
});

test('the tokens of every model of the catalogue, and of the embedder, are counted from 0 on', async () => {
  const { metric } = await createTestPlatform({
    LLM_BASE_URL: 'http://127.0.0.1:9/v1',
    LLM_MODEL: 'writer',
    EMBEDDINGS_BASE_URL: 'http://127.0.0.1:9/v1',
    EMBEDDINGS_MODEL: 'embedder',
    EMBEDDINGS_DIMENSIONS: '4',
  });
  for (const model of ['writer', 'embedder'])
    for (const direction of ['input', 'output'])
      expect(await metric(`genai_tokens_total{direction="${direction}",model="${model}"}`)).toBe(0);
});

test('models beyond the first hundred are counted together', async () => {
  const metrics = createMetrics();
  for (let count = 0; count < 102; count += 1) metrics.tokens('input', `model-${count}`, 1);
  expect((await metrics.expose()).text).toContain('genai_tokens_total{direction="input",model="other"} 2');
});
