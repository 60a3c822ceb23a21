import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCanary, findCanaries } from '#tests/redaction/canary.ts';
import type { Upstream } from '#tests/support/upstream.ts';
import type { Call } from '../../loadtest/artillery/client.ts';
import { clusterEnvironment } from './support/environment.ts';
import { readLogs } from './support/logs.ts';
import { createSampledTraceId, dumpSeries, dumpTraces } from './support/observability.ts';
import { callWith, createTenant, openClient, openModel, toReply, type Answer } from './support/platform.ts';
import { until } from './support/pods.ts';

const planted: Record<string, string> = {};
const plant = (name: string): string => (planted[name] ??= createCanary());
const tenant = `canaries-${randomUUID().slice(0, 8)}`;
const forgedAddress = '203.0.113.77';
const traceId = createSampledTraceId();

let model: Upstream;
let send: (call: Call) => Promise<Answer>;
const answers: { path: string; answer: Answer }[] = [];
let logs = '';

/** What nobody may read again stands in every part of a request. */
const toHeaders = () => ({
  'user-agent': plant('user-agent'),
  cookie: `session=${plant('cookie')}`,
  referer: `https://example.com/?q=${plant('referer')}`,
  'x-forwarded-for': forgedAddress,
  'x-request-id': `no id ${plant('x-request-id')}`,
  traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
  tracestate: `vendor=${plant('tracestate')}`,
  baggage: `user=${plant('baggage')}`,
  'idempotency-key': `${plant('idempotency-key')}${randomUUID()}`,
});

async function ask(call: Omit<Call, 'headers'>): Promise<void> {
  answers.push({ path: call.path, answer: await send({ ...call, headers: toHeaders() }) });
}

beforeAll(async () => {
  const token = await createTenant(tenant);
  send = callWith(await openClient('edge'));
  model = await openModel();
  model.reply(toReply(5, 1));
  const documents = [
    { id: 'vault', title: plant('title'), text: `The vault ${plant('text')} opens at nine.` },
    { id: 'broken', media_type: 'application/json', text: `{"a": ${plant('broken json')}` },
  ];
  const messages = [{ role: 'user', content: `Where is ${plant('message')}?` }];
  const post = { method: 'POST', token } as const;
  await ask({ ...post, path: '/v1/documents', json: { documents } });
  await ask({ ...post, path: '/v1/query', json: { question: `When does the vault ${plant('question')} open?` } });
  await ask({ ...post, path: '/v1/chat/completions', json: { model: 'simulated', messages } });
  await ask({ ...post, path: `/v1/search?secret=${plant('query string')}`, json: { query: plant('query') } });
  await ask({ ...post, path: '/v1/search', json: { query: 'x', filter: plant('wrong filter') } });
  await ask({ ...post, path: `/v1/${plant('path')}`, json: {} });
  await ask({ ...post, path: '/v1/search', token: `${token.slice(0, -20)}${plant('forged signature')}`, json: {} });
  await ask({ ...post, path: '/v1/search', token: `gk_${tenant}.${plant('key')}`, json: {} });
  model.reply({ ...toReply(1, 1), fault: { kind: 'status', status: 500 } });
  await ask({ ...post, path: '/v1/chat/completions', json: { model: 'simulated', messages } });
  await ask({ method: 'GET', token, path: `/v1/documents/${plant('missing document')}` });
  logs = await readLogs();
});

afterAll(() => model.close());

test('requests have come to answers and to failures', () => {
  const statuses = answers.map(({ answer }) => answer.status);
  expect(statuses).toEqual(expect.arrayContaining([200, 400, 401, 404, 502]));
});

test('nothing of them is in the logs of any pod', () => {
  expect(logs).toContain(`"tenant_id":"${tenant}"`);
  expect(findCanaries(planted, logs)).toEqual([]);
});

test('nothing of them is in Prometheus', async () => {
  const series = await dumpSeries('{__name__=~".+"}');
  expect(series).toContain('genai_requests_total');
  expect(findCanaries(planted, series)).toEqual([]);
});

test('nothing of them is in Jaeger', async () => {
  let traces = '';
  await until('Jaeger has what was asked', async () => (traces = await dumpTraces('genai-query')).includes(tenant));
  for (const service of ['edge', 'search', 'documents', 'chat']) traces += await dumpTraces(`genai-${service}`);
  expect(findCanaries(planted, traces)).toEqual([]);
});

test('nothing of them is in the audit trail, which knows the client’s address', async () => {
  const token = await createTenant(tenant);
  let trail = '';
  await until('the question is on record', async () => {
    trail = (await send({ method: 'GET', path: '/v1/audit?limit=1000', token })).text;
    return trail.includes('"document.query"');
  });
  expect(findCanaries(planted, trail)).toEqual([]);
  const addresses = new Set([...trail.matchAll(/"ip":"([^"]*)"/g)].map(([, address]) => address));
  expect([...addresses]).toEqual([clusterEnvironment.TEST_CLUSTER_HOST]);
});

test('no failure repeats what was sent', () => {
  for (const { path, answer } of answers)
    if (answer.status >= 400) expect(findCanaries(planted, `${answer.head}${answer.text}`), path).toEqual([]);
});
