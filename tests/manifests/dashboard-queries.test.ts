import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '#tests/support/process.ts';
import { allDashboards } from '../../knative/observability/dashboards/all-dashboards.ts';
import { increase } from '../../knative/observability/dashboards/increase.ts';
import { readRules } from './support/alert-rules.ts';
import { dashboardQueries, fillIn } from './support/dashboard-queries.ts';
import { readKnownSeries } from './support/known-series.ts';
import { toReads } from './support/promql.ts';
import { findUnknown, toCatalogue } from './support/series-catalogue.ts';

const run = promisify(execFile);

const ruleFile = join(import.meta.dirname, '../../knative/observability/rules.yml');

const exposition = `# TYPE a_total counter
a_total{status="ok",kind="x"} 1
a_total{status="failed",kind="y"} 0
b{revision="r-1"} 1
c 1`;

test.each([
  ['sum by (status) (rate(a_total{status=~"ok|failed"}[5m])) / c', []],
  ['a_total{status!="ok",kind="$kind"} > on (kind) group_left (revision) b', []],
  ['sum(a_totl)', ['a_totl']],
  ['a_total{state="ok"}', ['a_total{state="ok"}']],
  ['a_total{status="okay"}', ['a_total{status="okay"}']],
  ['a_total{status=~"ok|fails"}', ['a_total{status=~"ok|fails"}']],
  ['rate(a_total{status="ok", kind="z"}[5m])', ['a_total{kind="z"}']],
  ['sum by (stats, kind) (a_total)', ['stats']],
  ['c{status="ok"}', ['c{status="ok"}']],
])('what is wrong with %s is found', (expression, unknown) => {
  expect(findUnknown(expression, toCatalogue(exposition))).toEqual(unknown);
});

test('dashboards, rules and variables read what is really exposed', async () => {
  const known = await readKnownSeries();
  const rules = (await readRules()).map((rule) => ({
    at: `rules: ${'alert' in rule ? rule.alert : rule.record}`,
    expr: rule.expr,
  }));
  const variables = allDashboards.flatMap(({ name, variables: all = [] }) =>
    all.map(({ metric, values }) => ({ at: `${name}: variable`, expr: `count by (${values}) (${metric})` })),
  );
  const problems = [...dashboardQueries, ...rules, ...variables].flatMap(({ at, expr }) =>
    findUnknown(expr, known).map((unknown) => `${at}: ${unknown}`),
  );
  expect(problems).toEqual([]);
});

/** The output of promtool, which exits with another code than 0 where it is not content. */
async function promtool(command: 'check' | 'test', file: object): Promise<string> {
  const path = join(temporaryDirectory(), 'rules.yml');
  await writeFile(path, JSON.stringify(file));
  return (await run('promtool', [command, 'rules', path], { signal: AbortSignal.timeout(30_000) })).stdout;
}

test('Prometheus can parse every query', async () => {
  const rules = dashboardQueries.map(({ expr }, index) => ({ record: `panel_${index}`, expr: fillIn(expr) }));
  expect(await promtool('check', { groups: [{ name: 'panels', rules }] })).toContain(`${rules.length} rules found`);
});

test('what a pod has counted before it was first asked is counted, and what pods at rest do not expose is no data', async () => {
  const old = { series: 'a_total{instance="old"}', values: '10+1x40' };
  const fresh = { series: 'a_total{instance="fresh"}', values: '_x20 3x20' };
  const expr = `sum(${increase('a_total', '5m')})`;
  const samples = (...values: number[]) => values.map((value) => ({ labels: '{}', value }));
  const tests = [
    { input_series: [old, fresh], promql_expr_test: [{ expr, eval_time: '8m', exp_samples: samples(23) }] },
    { input_series: [], promql_expr_test: [{ expr, eval_time: '8m', exp_samples: [] }] },
  ];
  await expect(promtool('test', { tests: tests.map((one) => ({ interval: '15s', ...one })) })).resolves.toBeDefined();
});

test('a tenant’s first cost is counted in a process that was there before, and none twice after an outage of Prometheus', async () => {
  const rules = { rule_files: [ruleFile], evaluation_interval: '15s' };
  const cost = (tenant: string) => `genai_cost_total_dollars{instance="a",tenant="${tenant}"}`;
  const process = { series: 'process_start_time_seconds{instance="a"}', values: '_x40 0x40' };
  const seen = { ...process, values: '0x80' };
  const first = { series: cost('acme'), values: '_x60 2x20' };
  const ask = (samples: object[], time: string) => ({
    expr: 'genai:cost_dollars:increase5m',
    eval_time: time,
    exp_samples: samples,
  });
  const spent = [{ labels: 'genai:cost_dollars:increase5m{tenant="acme"}', value: 2 }];
  const none = [{ labels: 'genai:cost_dollars:increase5m{tenant="acme"}', value: 0 }];
  const tests = [
    { input_series: [seen, first], promql_expr_test: [ask([], '14m'), ask(spent, '17m')] },
    {
      input_series: [process, { ...first, values: '_x40 2x40' }],
      promql_expr_test: [ask(none, '13m'), ask(none, '19m')],
    },
  ];
  const all = { ...rules, tests: tests.map((one) => ({ interval: '15s', ...one })) };
  await expect(promtool('test', all)).resolves.toBeDefined();
});

test('a cold start is counted when a revision gets its first pod', async () => {
  const expr = dashboardQueries.find(({ at }) => at === 'scaling: Cold starts')?.expr ?? '';
  const count = 'kn_revision_pods_count{kn_service_name="query",kn_revision_name="query-00001"}';
  const samples = (value: number) => [{ labels: '{kn_service_name="query"}', value }];
  const questions = [
    { expr: fillIn(expr), eval_time: '7m', exp_samples: samples(0) },
    { expr: fillIn(expr), eval_time: '8m', exp_samples: samples(1) },
    { expr: fillIn(expr), eval_time: '13m', exp_samples: samples(0) },
  ];
  const input = [{ series: count, values: '3x20 0x9 2x30' }];
  const one = { interval: '15s', input_series: input, promql_expr_test: questions };
  await expect(promtool('test', { tests: [one] })).resolves.toBeDefined();
});

test.each(dashboardQueries)('the legend of $at names labels that the query keeps', ({ expr, legend }) => {
  const kept = toReads(expr).groupings;
  const named = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
  expect(named.filter((label) => !kept.includes(label))).toEqual([]);
});
