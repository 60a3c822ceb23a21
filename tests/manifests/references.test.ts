import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, inject, test } from 'vitest';
import { ofKind, parseManifests, type Manifest } from './support/manifest.ts';
import { toProvided } from './support/provided.ts';
import { toReferences } from './support/references.ts';
import { overlays, renderOverlay } from './support/render-overlay.ts';
import { toWorkloads } from './support/workload.ts';

const Claiming = v.object({
  metadata: v.object({ name: v.string() }),
  spec: v.object({
    volumeClaimTemplates: v.optional(v.array(v.object({ metadata: v.object({ name: v.string() }) })), []),
  }),
});
const RoleBinding = v.object({ subjects: v.array(v.object({ kind: v.string(), name: v.string() })) });

describe.each(overlays)('overlay %s', (overlay) => {
  const manifests = inject('overlays')[overlay];
  const workloads = toWorkloads(manifests);
  const provided = toProvided(manifests);

  test.each(workloads)('what $kind $name names is there, with the keys that it names', (workload) => {
    for (const { kind, name, keys } of toReferences(workload)) {
      const found = provided.find((object) => object.kind === kind && object.name === name);
      expect(found, `${kind} ${name}`).toBeDefined();
      expect(found?.keys, name).toEqual(expect.arrayContaining(keys));
    }
  });

  test.each(workloads)('what $kind $name mounts is one of its volumes', ({ kind, name, template: { spec } }) => {
    const claims = ofKind(manifests, 'StatefulSet', Claiming)
      .filter((set) => kind === 'StatefulSet' && set.metadata.name === name)
      .flatMap((set) => set.spec.volumeClaimTemplates.map(({ metadata }) => metadata.name));
    const volumes = new Set([...claims, ...spec.volumes.map((volume) => volume.name)]);
    const mounted = [...spec.containers, ...spec.initContainers].flatMap(({ volumeMounts }) =>
      volumeMounts.map((mount) => mount.name),
    );
    expect(new Set(mounted)).toEqual(volumes);
  });

  test('no workload may do anything by the API server', () => {
    const accounts = new Set(workloads.map(({ template }) => template.spec.serviceAccountName));
    const bound = ['RoleBinding', 'ClusterRoleBinding'].flatMap((kind) =>
      ofKind(manifests, kind, RoleBinding).flatMap(({ subjects }) => subjects.map(({ name }) => name)),
    );
    expect(bound.filter((name) => accounts.has(name))).toEqual([]);
  });
});

test('a changed setting makes another ConfigMap, and so another revision', async () => {
  const changed = parseManifests(
    await renderOverlay('local', async (knative) => {
      const file = join(knative, 'base/config.env');
      await writeFile(file, (await readFile(file, 'utf8')).replace(/^LOG_LEVEL=.*$/m, 'LOG_LEVEL=trace'));
    }),
  );
  const configOf = (manifests: Manifest[]): string[] =>
    toWorkloads(manifests)
      .filter(({ name }) => name === 'query')
      .flatMap(toReferences)
      .filter(({ kind }) => kind === 'ConfigMap')
      .map(({ name }) => name);
  const before = configOf(inject('overlays').local);
  const after = configOf(changed);
  expect(before).toEqual([expect.stringMatching(/^genai-config-\w+$/)]);
  expect(after).toEqual([expect.stringMatching(/^genai-config-\w+$/)]);
  expect(after).not.toEqual(before);
});
