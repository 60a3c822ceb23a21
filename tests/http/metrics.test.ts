import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { readStream } from '#tests/support/sse.ts';
import { startServer, type RunningServer } from './server-process.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const question = 'How tall is the tower?';
const documents = [{ id: 'tower', text: 'The tower is 96 metres tall.' }];

test('metrics have a port of their own, and are in no route of the API', async () => {
  const response = await fetch(server.metricsUrl);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^(text\/plain|application\/openmetrics-text)/);
  expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
  expect((await fetch(new URL('/v1/documents', server.metricsUrl))).status).toBe(404);
});

test.each([
  ['genai_queries_total', 'counter'],
  ['genai_query_latency_seconds', 'histogram'],
  ['genai_time_to_first_token_seconds', 'histogram'],
  ['genai_cross_tenant_leakage_attempts_total', 'counter'],
])('%s is a %s', async (name, type) => {
  const text = await (await fetch(server.metricsUrl)).text();
  expect(text).toContain(`# TYPE ${name} ${type}`);
});

test('counters start at 0 so that the first event shows', async () => {
  const text = await (await fetch(server.metricsUrl)).text();
  expect(text).toMatch(/^genai_queries_total\{status="success"\} 0$/m);
  expect(text).toMatch(/^genai_queries_total\{status="error"\} 0$/m);
  expect(text).toMatch(/^genai_cross_tenant_leakage_attempts_total\{kind="[a-z_]+"\} 0$/m);
});

test('a query is counted with its outcome, its time and its first token', async () => {
  const { call, metric } = await createTestPlatform();
  const token = await createToken();
  await call('POST /v1/documents', { token, json: { documents } });
  await call('POST /v1/query', { token, json: { question } });
  const sse = { accept: 'text/event-stream' };
  await readStream(await call('POST /v1/query', { token, json: { question }, headers: sse }));
  expect(await metric('genai_queries_total{status="success"}')).toBe(2);
  expect(await metric('genai_query_latency_seconds_count')).toBe(2);
  expect(await metric('genai_time_to_first_token_seconds_count')).toBeGreaterThanOrEqual(1);
});

test('a model that fails is counted as an error', async () => {
  const { call, metric } = await createTestPlatform({ LLM_BASE_URL: 'http://127.0.0.1:1/v1', LLM_MODEL: 'none' });
  const token = await createToken();
  await call('POST /v1/documents', { token, json: { documents } });
  const response = await call('POST /v1/query', { token, json: { question } });
  expect([502, 503, 504]).toContain(response.status);
  expect(await metric('genai_queries_total{status="error"}')).toBe(1);
  expect(await metric('genai_queries_total{status="success"}')).toBe(0);
});

test('labels hold no user, document, path or text', async () => {
  const { call, foundation } = await createTestPlatform();
  const token = await createToken({ sub: 'user-with-a-name' });
  await call('POST /v1/documents', { token, json: { documents } });
  await call('POST /v1/query', { token, json: { question } });
  await call('GET /v1/documents/tower', { token });
  await call('GET /v1/a-path-made-up', { token });
  const { text } = await foundation.metrics.expose();
  expect(text).not.toMatch(/user-with-a-name|tower|a-path-made-up/);
});
