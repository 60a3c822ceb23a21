import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { ofKind } from './support/manifest.ts';
import { toMetricNames } from './support/metric-names.ts';
import { overlays } from './support/render-overlay.ts';

const Alert = v.object({
  alert: v.string(),
  expr: v.string(),
  labels: v.object({ severity: v.picklist(['warning', 'critical']) }),
  annotations: v.object({ summary: v.string(), runbook_url: v.string() }),
});
const Recorded = v.object({ record: v.string(), expr: v.string() });
const Rules = v.object({ groups: v.array(v.object({ rules: v.array(v.union([Alert, Recorded])) })) });
const Cases = v.object({
  tests: v.array(
    v.object({
      promql_expr_test: v.array(v.object({ exp_samples: v.array(v.object({ labels: v.string() })) })),
    }),
  ),
});
const ConfigMap = v.object({
  metadata: v.object({ name: v.string() }),
  data: v.record(v.string(), v.string()),
});

const run = promisify(execFile);
const promtool = (...args: string[]) => run('promtool', args, { signal: AbortSignal.timeout(30_000) });

const ruleFile = join(import.meta.dirname, '../../knative/observability/rules.yml');
const readRules = async () =>
  v.parse(Rules, parse(await readFile(ruleFile, 'utf8'))).groups.flatMap(({ rules }) => rules);
const alerts = (await readRules()).filter((rule) => 'alert' in rule);
const alertNames = alerts.map(({ alert }) => alert).toSorted();

test.each([
  ['up == 0', ['up']],
  ['sum by (kind) (increase(a_total{kind="b_total"}[5m])) > 0', ['a_total']],
  ['histogram_quantile(0.95, sum by (le) (rate(a_bucket[5m]))) > 2.5 or b offset 5m == bool 1e3', ['a_bucket', 'b']],
  ['max by (a, b) (c) > on (a) group_left (b) (d unless e)', ['c', 'd', 'e']],
])('the metrics of %s are found', (expression, names) => {
  expect(toMetricNames(expression)).toEqual(names);
});

test('promtool accepts the rules', async () => {
  await expect(promtool('check', 'rules', ruleFile)).resolves.toBeDefined();
});

test('each alert leads to a section of a runbook that there is', async () => {
  const text = await readFile(join(import.meta.dirname, '../../docs/operations/troubleshooting.md'), 'utf8');
  const sections = [...text.matchAll(/^#+ (.+)$/gm)].map(
    ([, title = '']) => `{{ $externalLabels.runbooks }}/troubleshooting.md#${title.toLowerCase().replaceAll(' ', '-')}`,
  );
  for (const { alert, annotations } of alerts) expect(sections, alert).toContain(annotations.runbook_url);
});

test.each(overlays)('Prometheus accepts its configuration in overlay %s, with its rules', async (overlay) => {
  const configs = ofKind(inject('overlays')[overlay], 'ConfigMap', ConfigMap);
  const config = configs.find(({ metadata }) => metadata.name.startsWith('prometheus-config-'));
  const directory = await mkdtemp(join(tmpdir(), 'genai-prometheus-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(config?.data ?? {})) {
    await writeFile(join(directory, name), content.replaceAll('/etc/prometheus/', `${directory}/`));
  }
  const { stdout } = await promtool('check', 'config', join(directory, 'prometheus.yml'));
  expect(stdout).toContain(`${(await readRules()).length} rules found`);
});

describe('the alerts fire when they should, and only then', () => {
  const directory = join(import.meta.dirname, 'rules');
  const fileOf = (alert: string) =>
    join(directory, `${alert.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}.yml`);

  test('each has a file of cases, and each file an alert', async () => {
    const files = (await readdir(directory)).map((file) => join(directory, file)).toSorted();
    expect(files).toEqual(alertNames.map(fileOf).toSorted());
  });

  test.each(alertNames)('%s', { timeout: 300_000 }, async (alert) => {
    const { tests } = v.parse(Cases, parse(await readFile(fileOf(alert), 'utf8')));
    const expected = tests.map((one) => one.promql_expr_test.flatMap(({ exp_samples: samples }) => samples));
    const isFiring = ({ labels }: { labels: string }) => labels.includes(`alertname="${alert}"`);
    expect(
      expected.some((samples) => samples.some(isFiring)),
      'a case in which it fires',
    ).toBe(true);
    expect(
      expected.some((samples) => samples.length === 0),
      'a case in which it must not',
    ).toBe(true);
    const signal = AbortSignal.timeout(290_000);
    await expect(run('promtool', ['test', 'rules', fileOf(alert)], { signal })).resolves.toBeDefined();
  });
});
