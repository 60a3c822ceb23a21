import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import { readAlertLabels } from './support/alert-labels.ts';
import { readRules } from './support/alert-rules.ts';
import { amtool, writeConfiguration } from './support/alertmanager-configuration.ts';
import { startAlertmanager, type Labels } from './support/alertmanager.ts';
import { overlays } from './support/render-overlay.ts';

const receivers = JSON.stringify([
  { name: 'page', pagerduty_configs: [{ routing_key: 'r' }] },
  { name: 'notify', slack_configs: [{ api_url: 'https://hooks.example.com/a\\b', send_resolved: true }] },
]);
const { local } = inject('overlays');
const routesFile = join(import.meta.dirname, '../../knative/observability/alertmanager-routes.yml');
const Inhibitions = v.object({
  inhibit_rules: v.array(
    v.object({
      source_matchers: v.array(v.string()),
      target_matchers: v.array(v.string()),
      equal: v.optional(v.array(v.string()), []),
    }),
  ),
});

test.each(overlays)('overlay %s tells nobody until receivers are set, and starts all the same', async (overlay) => {
  const file = await writeConfiguration(inject('overlays')[overlay]);
  expect(await amtool('check-config', file)).toMatch(/SUCCESS[^]*2 receivers/);
  expect(await readFile(file, 'utf8')).not.toContain('_configs');
});

test.each([
  ['', 'receivers: [{name: page}, {name: notify}]'],
  [receivers, `receivers: ${receivers}`],
])('the receivers of the Secret may be %j', async (given, written) => {
  const file = await writeConfiguration(local, given);
  expect(await amtool('check-config', file)).toMatch(/SUCCESS[^]*2 receivers/);
  expect(await readFile(file, 'utf8')).toContain(written);
});

test('who is paged by what is critical is notified of the rest', async () => {
  const file = await writeConfiguration(local);
  const alerts = (await readRules()).flatMap((rule) => ('alert' in rule ? [rule] : []));
  for (const { alert, labels } of alerts) {
    const route = ['config', 'routes', 'test', `--config.file=${file}`];
    const receiver = await amtool(...route, `alertname=${alert}`, `severity=${labels['severity']}`);
    expect(receiver.trim(), alert).toBe(labels['severity'] === 'critical' ? 'page' : 'notify');
  }
});

test('the routes name alerts of ours, and compare labels that these have', async () => {
  const { inhibit_rules: inhibitions } = v.parse(Inhibitions, parse(await readFile(routesFile, 'utf8')));
  const labelsOf = await readAlertLabels();
  expect(inhibitions.length).toBeGreaterThan(0);
  for (const { source_matchers: source, target_matchers: target, equal } of inhibitions) {
    for (const matchers of [source, target]) {
      const names = /alertname=~?"([^"]+)"/.exec(matchers.join())?.[1]?.split('|') ?? [];
      const compared = [...equal, ...matchers.map((matcher) => /^\w+/.exec(matcher)?.[0] ?? '')];
      expect([...labelsOf.keys()]).toEqual(expect.arrayContaining(names));
      const known = names.flatMap((name) => [...(labelsOf.get(name) ?? [])]);
      expect(known, matchers.join()).toEqual(expect.arrayContaining(compared));
    }
  }
});

const failing = (name?: string): Labels => ({ alertname: 'HighErrorRate', ...(name ? { function: name } : {}) });
const late = (name?: string): Labels => ({ alertname: 'HighQueryLatency', ...(name ? { function: name } : {}) });
const burning = (slo: string): Labels[] =>
  ['ErrorBudgetBurnFast', 'ErrorBudgetBurnSlow'].map((alertname) => ({ alertname, slo }));
const broken = (dependency: string): Labels => ({ alertname: 'CircuitBreakerOpen', dependency });
const missing = (name: string): Labels => ({
  alertname: 'PodDown',
  function: name,
  kn_service_name: name,
  kn_revision_name: `${name}-00001`,
});
const withDocuments = ['edge', 'query', 'chat', 'search', 'documents', 'tenants', 'audit'];
const leak = { alertname: 'CrossTenantLeakageAttempt', kind: 'hit' };
const lost = { alertname: 'AuditEventsLost' };

describe('while a cause is an alert, its consequences are not told', () => {
  test.each<[cause: Labels, silent: Labels[], told: Labels[]]>([
    [
      { alertname: 'SearchDown', dependency: 'search' },
      [
        broken('search'),
        ...withDocuments.map(failing),
        failing(),
        late('search'),
        late(),
        ...burning('availability'),
        ...burning('first_token'),
        { alertname: 'AuditUnavailable' },
      ],
      [broken('state'), broken('model:openai'), failing('auth'), failing('usage'), late('auth'), leak, lost],
    ],
    [
      { alertname: 'StateStoreDown', dependency: 'state' },
      [
        broken('state'),
        ...[...withDocuments, 'auth', 'usage'].map(failing),
        failing(),
        late('auth'),
        late(),
        ...burning('availability'),
        ...burning('first_token'),
        { alertname: 'BudgetLedgerUnavailable' },
      ],
      [broken('search'), { alertname: 'AuditUnavailable' }, { alertname: 'QueueFull', queue: 'edge' }, leak, lost],
    ],
    [
      missing('usage'),
      [failing('usage'), failing('edge'), ...burning('availability')],
      [failing('query'), failing(), late(), ...burning('first_token'), leak],
    ],
    ...['query', 'chat'].map((name): [Labels, Labels[], Labels[]] => [
      missing(name),
      [failing(name), failing('edge'), failing(), late(), ...burning('availability'), ...burning('first_token')],
      [failing('search'), late('search'), broken('search')],
    ]),
    [
      broken('model:openai'),
      [],
      [failing('query'), failing(), late(), ...burning('availability'), ...burning('first_token')],
    ],
  ])('%j', async (cause, silent, told) => {
    const alertmanager = await startAlertmanager(await writeConfiguration(local));
    await alertmanager.raise(cause, ...silent, ...told);
    expect(new Set(await alertmanager.listTold())).toEqual(new Set([cause, ...told]));
  });
});
