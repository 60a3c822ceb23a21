import { randomBytes, randomUUID } from 'node:crypto';
import { beforeAll, expect, inject, test } from 'vitest';
import type { Client } from '../../loadtest/artillery/client.ts';
import { startAlertReceiver } from '#tests/support/alert-receiver.ts';
import { dashboardQueries, fillIn } from '#tests/manifests/support/dashboard-queries.ts';
import { foreignMetrics } from '#tests/manifests/support/foreign-metrics.ts';
import { clusterEnvironment } from './support/environment.ts';
import {
  createSampledTraceId,
  listAlertmanagers,
  listAlerts,
  queryPrometheus,
  readTrace,
  type TracedSpan,
} from './support/observability.ts';
import { listPods, until, untilZero } from './support/pods.ts';
import { callWith, createTenant, openClient, startModel, toQuestion, toReply } from './support/platform.ts';

let token: string;
let edge: Client;

beforeAll(async () => {
  token = await createTenant(`observed-${randomUUID().slice(0, 8)}`);
  edge = await openClient('edge');
});

test('one question through the ingress is one trace in Jaeger, from the edge to the model, also where it wakes a pod', async () => {
  await untilZero('query');
  const model = await startModel();
  model.reply(toReply(5, 10));
  const traceId = createSampledTraceId();
  const client = randomBytes(8).toString('hex');
  const question = toQuestion(token);
  const headers = { ...question.headers, traceparent: `00-${traceId}-${client}-01` };
  const answer = await callWith(edge)({ ...question, headers });
  expect(answer.status).toBe(200);

  let spans: TracedSpan[] = [];
  await until(
    'Jaeger has the trace',
    async () => {
      spans = await readTrace(traceId);
      return (
        spans.some(({ service }) => service === 'genai-edge') && spans.some(({ name }) => name.startsWith('chat '))
      );
    },
    { seconds: 90, everyMilliseconds: 2_000 },
  );
  expect(new Set(spans.map(({ service }) => service))).toEqual(new Set(['genai-edge', 'genai-query']));
  expect(spans.find(({ name }) => name === 'POST /v1/query')?.tags).toMatchObject({ 'faas.coldstart': true });
  const ids = new Set([client, ...spans.map(({ id }) => id)]);
  expect(spans.filter(({ parent }) => parent === undefined || !ids.has(parent))).toEqual([]);
});

test('Prometheus counts what pods did that came and went, each under its revision', async () => {
  const call = callWith(await openClient('search'));
  const search = { method: 'POST', path: '/v1/search', token, json: { query: 'refunds' } } as const;
  const count = async () => {
    const [found] = await queryPrometheus(
      'sum(last_over_time(genai_requests_total{function="search",status="2xx",route="/v1/search"}[30m]))',
    );
    return found?.value ?? 0;
  };
  await untilZero('search');
  const before = await count();
  for (let round = 0; round < 2; round += 1) {
    expect((await call(search)).status).toBe(200);
    const pod = (await listPods('search')).find(({ isEnding }) => !isEnding);
    await until('the pod is a target that is up', async () =>
      (await queryPrometheus('up{job="functions"}')).some(
        ({ labels, value }) => value === 1 && pod?.ip !== undefined && labels['instance']?.startsWith(`${pod.ip}:`),
      ),
    );
    await until('what it counted is there', async () => (await count()) >= before + round + 1);
    await untilZero('search');
  }
  const series = await queryPrometheus(
    'last_over_time(genai_requests_total{function="search",route="/v1/search"}[30m])',
  );
  for (const { labels } of series) expect(labels['revision']).toMatch(/^search-\d{5}$/);
});

test('of a reach for another tenant the receiver of pages is told within minutes, with its runbook', async () => {
  const { told } = await startAlertReceiver({
    host: clusterEnvironment.TEST_CLUSTER_HOST,
    port: inject('ports').receiver,
  });
  expect(await listAlertmanagers()).toHaveLength(1);
  const answer = await callWith(edge)({
    method: 'POST',
    path: '/v1/search',
    token,
    headers: { 'x-tenant-id': 'somebody-else' },
    json: { query: 'refunds' },
  });
  expect(answer.status).toBe(403);
  await until('Alertmanager has the alert', async () => (await listAlerts()).includes('CrossTenantLeakageAttempt'));
  await until('its receiver is told', async () =>
    told.some(({ labels }) => labels['alertname'] === 'CrossTenantLeakageAttempt'),
  );
  expect(told.find(({ labels }) => labels['alertname'] === 'CrossTenantLeakageAttempt')).toEqual({
    receiver: 'page',
    status: 'firing',
    labels: { alertname: 'CrossTenantLeakageAttempt', kind: 'header', severity: 'critical' },
    annotations: {
      summary: 'A credential of one tenant was used for what belongs to another (header)',
      runbook_url: 'https://runbooks.example.com/operations/troubleshooting.md#leakage',
    },
  });
});

test.each(dashboardQueries)('Prometheus answers what $at asks: $legend', async ({ expr }) => {
  await expect(queryPrometheus(fillIn(expr))).resolves.toBeDefined();
});

test('what Knative is taken to tell of revisions, it tells', async () => {
  // None of it may be absent: the autoscaler tells it of each revision, at rest too.
  const taken = [...foreignMetrics].filter(([name]) => name.startsWith('kn_'));
  const series = await queryPrometheus('{__name__=~"kn_revision_.+"}');
  for (const [name, labels] of taken) {
    const found = series.filter(({ labels: { __name__: metric } }) => metric === name);
    expect(found, name).not.toEqual([]);
    for (const label of labels.keys()) expect(found[0]?.labels, name).toHaveProperty(label);
  }
});

test('what was asked stands in the tenant’s audit trail, which verifies', async () => {
  const call = callWith(edge);
  const seen = async () => {
    const { text } = await call({ method: 'GET', path: '/v1/audit?limit=100', token });
    return text;
  };
  await call({ method: 'POST', path: '/v1/search', token, json: { query: 'refunds' } });
  await until('the search is on record', async () => (await seen()).includes('"document.search"'), { seconds: 60 });
  expect(await seen()).toContain('"document.create"');
  const { text } = await call({ method: 'POST', path: '/v1/audit/verify', token, json: {} });
  expect(JSON.parse(text)).toMatchObject({ valid: true });
});
