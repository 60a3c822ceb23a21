import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { createMetrics } from '#lib/telemetry/metrics.ts';
import { toExposedNames } from '#tests/manifests/support/metric-names.ts';

const root = join(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const page = read('docs/operations/troubleshooting.md');

const Rule = v.object({
  alert: v.optional(v.string()),
  record: v.optional(v.string()),
  annotations: v.optional(v.object({ runbook_url: v.string() })),
});
const Rules = v.object({ groups: v.array(v.object({ rules: v.array(Rule) })) });
const rules = v.parse(Rules, parse(read('knative/observability/rules.yml'))).groups.flatMap((group) => group.rules);

const toAnchor = (heading: string): string => heading.toLowerCase().replaceAll(' ', '-');
const sections = new Map(
  page.split('\n## ').map((section): [string, string] => [toAnchor(section.split('\n', 1)[0] ?? ''), section]),
);

test('each alert has a section, which names it and the panels that show it', () => {
  const wrong = rules.flatMap(({ alert, annotations }) => {
    if (alert === undefined) return [];
    const section = sections.get(annotations?.runbook_url.split('#')[1] ?? '') ?? '';
    return section.includes(`**${alert}**`) && /\bPanels?:\s/.test(section) ? [] : [alert];
  });
  expect(wrong).toEqual([]);
});

const Panel = v.object({ title: v.optional(v.string(), '') });
const Dashboard = v.object({ title: v.string(), panels: v.array(Panel) });

test('each panel that a section names is on its dashboard', () => {
  const folder = 'knative/observability/dashboards';
  const dashboards = readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.json'))
    .map((file) => v.parse(Dashboard, JSON.parse(read(join(folder, file)))));
  const named = [...page.matchAll(/\bPanels?:\s([^]*?_)\.\n/g)]
    .flatMap(([, list = '']) => list.replaceAll('\n', ' ').split('; '))
    .flatMap((entry) => {
      const [dashboard = '', ...titles] = entry.split(/,? _|_(?:, | and )?/).filter((part) => part !== '');
      return titles.filter((title) => title !== 'and').map((title) => ({ dashboard: dashboard.trim(), title }));
    });
  expect(named.length).toBeGreaterThan(20);
  const missing = named.filter(
    ({ dashboard, title }) =>
      !dashboards.some(
        (known) => known.title.startsWith(dashboard) && known.panels.some((panel) => panel.title === title),
      ),
  );
  expect(missing).toEqual([]);
});

test('each metric that the page asks for is there', async () => {
  const { text } = await createMetrics().expose();
  const known = new Set([...toExposedNames(text), ...rules.flatMap(({ record }) => record ?? [])]);
  const asked = [...page.matchAll(/\bgenai[_:][\w:]+/g)].map(([name]) => name);
  // An index of OpenSearch, and a role of it, are called alike.
  const metrics = asked.filter((name) => !['genai_', 'genai_tenant'].includes(name));
  expect(metrics.filter((name) => !known.has(name))).toEqual([]);
});
