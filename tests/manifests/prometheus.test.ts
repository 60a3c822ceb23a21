import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { createMetrics } from '#lib/telemetry/metrics.ts';
import { ofKind } from './support/manifest.ts';
import { toExposedNames, toMetricNames } from './support/metric-names.ts';
import { overlays } from './support/render-overlay.ts';

const Rules = v.object({
  groups: v.array(
    v.object({
      rules: v.array(
        v.object({
          alert: v.string(),
          expr: v.string(),
          labels: v.object({ severity: v.picklist(['warning', 'critical']) }),
          annotations: v.object({ summary: v.string(), runbook: v.string() }),
        }),
      ),
    }),
  ),
});
const ConfigMap = v.object({
  metadata: v.object({ name: v.string() }),
  data: v.record(v.string(), v.string()),
});

/** What Knative, and Prometheus itself, count: https://knative.dev/docs/serving/observability/metrics/serving-metrics/ */
const ofOthers = ['kn_revision_pods_requested', 'kn_revision_pods_count', 'up'];

const run = promisify(execFile);
const promtool = (...args: string[]) => run('promtool', args, { signal: AbortSignal.timeout(30_000) });

const ruleFile = join(import.meta.dirname, '../../knative/observability/rules.yml');
const readRules = async () =>
  v.parse(Rules, parse(await readFile(ruleFile, 'utf8'))).groups.flatMap(({ rules }) => rules);

test.each([
  ['up == 0', ['up']],
  ['sum by (kind) (increase(a_total{kind="b_total"}[5m])) > 0', ['a_total']],
  ['histogram_quantile(0.95, sum by (le) (rate(a_bucket[5m]))) > 2.5 or b offset 5m == bool 1e3', ['a_bucket', 'b']],
  ['max by (a, b) (c) > on (a) group_left (b) (d unless e)', ['c', 'd', 'e']],
])('the metrics of %s are found', (expression, names) => {
  expect(toMetricNames(expression)).toEqual(names);
});

test('the rules read metrics that there are', async () => {
  const { text } = await createMetrics().expose();
  const known = new Set([...toExposedNames(text), ...ofOthers]);
  const read = (await readRules()).flatMap(({ expr }) => toMetricNames(expr));
  expect(read.filter((name) => !known.has(name))).toEqual([]);
  expect(read).toContain('genai_requests_total');
});

test('the rules are the five that the runbooks are about', async () => {
  expect((await readRules()).map(({ alert }) => alert).toSorted()).toEqual([
    'CircuitBreakerOpen',
    'CrossTenantLeakageAttempt',
    'HighErrorRate',
    'HighQueryLatency',
    'PodDown',
  ]);
  await promtool('check', 'rules', ruleFile);
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
  expect(stdout).toContain('5 rules found');
});

describe('the alerts fire when they should, and only then', async () => {
  const directory = join(import.meta.dirname, 'rules');
  test.each(await readdir(directory))('%s', async (file) => {
    await expect(promtool('test', 'rules', join(directory, file))).resolves.toBeDefined();
  });
});
