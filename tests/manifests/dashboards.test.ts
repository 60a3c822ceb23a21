import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import { allDashboards } from '../../knative/observability/dashboards/all-dashboards.ts';
import { toGrafanaDashboard } from '../../knative/observability/dashboards/to-grafana-dashboard.ts';
import { GrafanaDashboard } from './support/grafana-dashboard.ts';
import { ofKind } from './support/manifest.ts';
import { toReferences } from './support/references.ts';
import { toWorkloads } from './support/workload.ts';

const root = join(import.meta.dirname, '../..');
const readText = (path: string) => readFile(join(root, path), 'utf8');
const readDashboard = async (name: string): Promise<unknown> =>
  JSON.parse(await readText(`knative/observability/dashboards/${name}.json`));

const Datasources = v.object({ datasources: v.array(v.object({ uid: v.string() })) });
const ConfigMap = v.object({ metadata: v.object({ name: v.string() }), data: v.record(v.string(), v.string()) });

/** The headings of a document, as links name them. */
const toAnchors = (markdown: string): string[] =>
  [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

describe.each(allDashboards)('dashboard $name', (dashboard) => {
  test('is in its file as it is described: else run `npm run build:dashboards`', async () => {
    expect(await readDashboard(dashboard.name)).toEqual(toGrafanaDashboard(dashboard));
  });

  test('is one that Grafana can read, of data sources that there are', async () => {
    const { panels, templating } = v.parse(GrafanaDashboard, await readDashboard(dashboard.name));
    const { datasources } = v.parse(
      Datasources,
      parse(await readText('knative/observability/grafana-datasources.yaml')),
    );
    const known = new Set(datasources.map(({ uid }) => uid));
    const used = [
      ...panels.flatMap((panel) =>
        'targets' in panel ? [panel.datasource.uid, ...panel.targets.map((target) => target.datasource.uid)] : [],
      ),
      ...templating.list.map(({ datasource }) => datasource.uid),
    ];
    expect(used.filter((uid) => !known.has(uid))).toEqual([]);
  });

  test('gives each panel a number of its own, and a place of its own within the width', () => {
    const { panels } = toGrafanaDashboard(dashboard);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { gridPos } of panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken).not.toContain(`${x} ${y}`);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });

  test('names runbooks that there are', async () => {
    const anchors = new Set(toAnchors(await readText('docs/operations/troubleshooting.md')));
    const named = dashboard.rows.flatMap(({ panels }) =>
      panels.flatMap((panel) => ('runbook' in panel && panel.runbook !== undefined ? [panel.runbook] : [])),
    );
    expect(named.filter((anchor) => !anchors.has(anchor))).toEqual([]);
  });

  test('has the variables that its panels name', async () => {
    const { panels, templating } = toGrafanaDashboard(dashboard);
    const named = JSON.stringify(panels).matchAll(/\$(?!__)([a-z]+)/g);
    const defined = templating.list.map(({ name }) => name);
    expect(new Set([...named].map(([, name]) => name))).toEqual(new Set(defined));
  });
});

test.each(['local', 'production'] as const)('Grafana of overlay %s mounts every dashboard', (overlay) => {
  const manifests = inject('overlays')[overlay];
  const mounted = new Set(
    toWorkloads(manifests)
      .filter(({ name }) => name === 'grafana')
      .flatMap(toReferences)
      .map(({ name }) => name),
  );
  const files = ofKind(manifests, 'ConfigMap', ConfigMap)
    .filter(({ metadata }) => mounted.has(metadata.name))
    .flatMap(({ data }) => Object.keys(data))
    .filter((file) => file.endsWith('.json'));
  expect(files.toSorted()).toEqual(allDashboards.map(({ name }) => `${name}.json`).toSorted());
});
