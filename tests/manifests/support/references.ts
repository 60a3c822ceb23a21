import { containersOf } from './pod-template.ts';
import type { Workload } from './workload.ts';

/** An object that a workload names, and the keys of it that it names. */
export interface Reference {
  kind: 'ConfigMap' | 'Secret' | 'ServiceAccount' | 'PersistentVolumeClaim';
  name: string;
  keys: string[];
}

type Named = { name: string; key?: string; items?: { key: string }[] | undefined } | undefined;

const to = (kind: Reference['kind'], source: Named): Reference[] =>
  source
    ? [
        {
          kind,
          name: source.name,
          keys: [...(source.key === undefined ? [] : [source.key]), ...(source.items ?? []).map(({ key }) => key)],
        },
      ]
    : [];

export function toReferences({ template: { spec } }: Workload): Reference[] {
  const environment = containersOf(spec).flatMap(({ env, envFrom }) => [
    ...env.flatMap(({ valueFrom }) => [
      ...to('ConfigMap', valueFrom?.configMapKeyRef),
      ...to('Secret', valueFrom?.secretKeyRef),
    ]),
    ...envFrom.flatMap(({ configMapRef, secretRef }) => [...to('ConfigMap', configMapRef), ...to('Secret', secretRef)]),
  ]);
  const volumes = spec.volumes.flatMap(({ configMap, secret, projected, persistentVolumeClaim: claim }) => [
    ...to('ConfigMap', configMap),
    ...to('Secret', secret && { name: secret.secretName, items: secret.items }),
    ...to('PersistentVolumeClaim', claim && { name: claim.claimName }),
    ...(projected?.sources ?? []).flatMap((source) => [
      ...to('ConfigMap', source.configMap),
      ...to('Secret', source.secret),
    ]),
  ]);
  return [
    ...environment,
    ...volumes,
    ...to('ServiceAccount', spec.serviceAccountName === undefined ? undefined : { name: spec.serviceAccountName }),
  ];
}
