import { expect, test } from 'vitest';
import { createMetrics } from '#lib/telemetry/metrics.ts';
import { toOpenMetrics } from '#lib/telemetry/to-open-metrics.ts';

test('a bucket names the trace of the latest that fell into it', () => {
  const labelSet = { trace_id: 'a'.repeat(32) };
  const text = toOpenMetrics([
    {
      name: 'latency_seconds',
      help: 'How "long"',
      type: 'histogram',
      values: [
        {
          metricName: 'latency_seconds_bucket',
          labels: { le: 0.5 },
          value: 2,
          exemplar: { labelSet, value: 0.25, timestamp: 1_700_000_000.5 },
        },
        { metricName: 'latency_seconds_bucket', labels: { le: '+Inf' }, value: 2, exemplar: null },
        { metricName: 'latency_seconds_sum', labels: {}, value: 0.5 },
        { metricName: 'latency_seconds_count', labels: {}, value: 2 },
      ],
    },
  ]);
  expect(text).toBe(
    [
      String.raw`# HELP latency_seconds How \"long\"`,
      '# TYPE latency_seconds histogram',
      `latency_seconds_bucket{le="0.5"} 2 # {trace_id="${'a'.repeat(32)}"} 0.25 1700000000.5`,
      'latency_seconds_bucket{le="+Inf"} 2',
      'latency_seconds_sum 0.5',
      'latency_seconds_count 2',
      '# EOF',
      '',
    ].join('\n'),
  );
});

test('every series has the same name and value in both formats, however often they are asked for', async () => {
  const metrics = createMetrics({ revision: 'r1' });
  metrics.query('success', 0.2);
  metrics.cost('acme', 5_000_000_000);
  metrics.request({ function: 'query', route: '/v1/query', status: 200 }, 0.1);
  const seriesOf = (text: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith('genai_'))
      .map((line) =>
        line
          .replace(/ # .*/, '')
          .replace(/\{(.*)\}/, (_, labels: string) => `{${labels.split(',').toSorted().join()}}`),
      )
      .toSorted();
  const before = await metrics.expose();
  const open = await metrics.expose('application/openmetrics-text; version=1.0.0, text/plain;q=0.5');
  const after = await metrics.expose('text/plain');
  expect(open.contentType).toContain('application/openmetrics-text');
  expect(before.contentType).toContain('text/plain');
  expect(seriesOf(open.text)).toEqual(seriesOf(before.text));
  expect(seriesOf(after.text)).toEqual(seriesOf(before.text));
  expect(open.text).toMatch(/\n# EOF\n$/);
  expect(open.text).toContain('# TYPE genai_queries counter\n');
});
