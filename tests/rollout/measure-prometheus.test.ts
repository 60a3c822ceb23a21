import { expect, test } from 'vitest';
import { callHttp } from '#lib/rollout/call-http.ts';
import { createPrometheusMeasure } from '#lib/rollout/measure-prometheus.ts';
import { createPrometheus } from '#lib/rollout/prometheus.ts';
import { calm } from '#tests/support/scope.ts';
import { startAnswerServer, type Answer } from './answer-server.ts';

const vector = (...rows: [Record<string, string>, string][]): Answer => ({
  body: {
    status: 'success',
    data: {
      resultType: 'vector',
      result: rows.map(([metric, value]) => ({ metric, value: [1_700_000_000.5, value] })),
    },
  },
});

const canary = { revision: 'query-00002' };
const answers: Record<string, Answer> = {
  genai_requests_total: vector(
    [{ ...canary, status: '2xx' }, '90'],
    [{ ...canary, status: '5xx' }, '3'],
    [{ revision: 'query-00001', status: '2xx' }, '1000'],
  ),
  genai_streams_total: vector(
    [{ ...canary, outcome: 'finished' }, '80'],
    [{ ...canary, outcome: 'failed' }, '2'],
    [{ ...canary, outcome: 'aborted' }, '5'],
  ),
  genai_request_duration_seconds_bucket: vector([{ ...canary, le: '0.5' }, '50'], [{ ...canary, le: '+Inf' }, '93']),
  genai_time_to_first_token_seconds_bucket: vector(),
  genai_cost_total_dollars: vector([canary, '0.25']),
};

test('totals of each revision come from the highest values of its pods’ counters', async () => {
  const { url, received } = await startAnswerServer(({ url: { searchParams } }) => {
    const text = searchParams.get('query') ?? '';
    const [metric = ''] = /genai_\w+/.exec(text) ?? [];
    return text.includes('resets(') ? vector([canary, '1']) : answers[metric];
  });
  const measure = createPrometheusMeasure(createPrometheus(`${url}/`, callHttp));
  const totals = await measure(['query-00002', 'query-00001'], { from: 1_000_000, at: 4_660_500 }, calm);
  expect(totals.get('query-00002')).toEqual({
    requests: 93,
    errors: 5,
    duration: new Map([
      [0.5, 50],
      [Infinity, 93],
    ]),
    firstToken: new Map(),
    cost: 0.25,
    restarts: 1,
  });
  expect(totals.get('query-00001')).toEqual({
    requests: 1000,
    errors: 0,
    duration: new Map(),
    firstToken: new Map(),
    cost: undefined,
    restarts: 0,
  });
  const queries = received.map(({ url: { searchParams } }) => searchParams.get('query'));
  expect(queries).toContain(
    'sum by (revision, le) (max_over_time(genai_request_duration_seconds_bucket{revision=~"query-00002|query-00001"}[3661s]))',
  );
  expect(queries).toContain(
    'sum by (revision) (max by (revision, instance) (sum_over_time(resets(genai_requests_total{revision=~"query-00002|query-00001"}[30s])[3661s:15s])))',
  );
  for (const { url: asked } of received) {
    expect(asked.pathname).toBe('/api/v1/query');
    expect(asked.searchParams.get('time')).toBe('4660.500');
  }
});

test.each([
  ['an error', { status: 422, body: { status: 'error', error: 'bad query' } }],
  ['something else', { body: { status: 'success', data: { resultType: 'scalar', result: [1, '2'] } } }],
  ['no JSON', { body: '<html>' }],
])('%s instead of figures is no zero', async (_name, answer) => {
  const { url } = await startAnswerServer(() => answer);
  const measure = createPrometheusMeasure(createPrometheus(url, callHttp));
  await expect(measure(['query-00001'], { from: 0, at: 60_000 }, calm)).rejects.toThrow();
});
