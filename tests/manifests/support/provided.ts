import * as v from 'valibot';
import { ofKind, type Manifest } from './manifest.ts';
import type { Reference } from './references.ts';

const Plain = v.object({
  metadata: v.object({ name: v.string() }),
  data: v.optional(v.record(v.string(), v.string()), {}),
});
const Certificate = v.object({ spec: v.object({ secretName: v.string() }) });
const StatefulSet = v.object({
  metadata: v.object({ name: v.string() }),
  spec: v.object({
    replicas: v.number(),
    volumeClaimTemplates: v.optional(v.array(v.object({ metadata: v.object({ name: v.string() }) })), []),
  }),
});

/** What workloads can name: what is written down, and what cert-manager and StatefulSets make of what is. */
export function toProvided(manifests: readonly Manifest[]): Reference[] {
  const plain = (['ConfigMap', 'Secret', 'ServiceAccount', 'PersistentVolumeClaim'] as const).flatMap((kind) =>
    ofKind(manifests, kind, Plain).map(({ metadata, data }) => ({
      kind,
      name: metadata.name,
      keys: Object.keys(data),
    })),
  );
  const certificates = ofKind(manifests, 'Certificate', Certificate).map(({ spec }) => ({
    kind: 'Secret' as const,
    name: spec.secretName,
    keys: ['ca.crt', 'tls.crt', 'tls.key'],
  }));
  const claims = ofKind(manifests, 'StatefulSet', StatefulSet).flatMap(({ metadata, spec }) =>
    spec.volumeClaimTemplates.flatMap((template) =>
      Array.from({ length: spec.replicas }, (_, ordinal) => ({
        kind: 'PersistentVolumeClaim' as const,
        name: `${template.metadata.name}-${metadata.name}-${ordinal}`,
        keys: [],
      })),
    ),
  );
  return [...plain, ...certificates, ...claims];
}
