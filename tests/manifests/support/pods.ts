import { Manifest, ofKind } from './manifest.ts';
import type { Endpoint, PodFacts } from './network-policies.ts';
import { containersOf } from './pod-template.ts';
import { toWorkloads, type Workload } from './workload.ts';

const namespaceLabel = 'kubernetes.io/metadata.name';

/** What the queue-proxy adds to the pod of a function. */
const queueProxyPorts = [
  { name: 'queue-port', port: 8012 },
  { name: 'queue-port', port: 8013 },
  { name: 'http-queueadm', port: 8022 },
  { name: 'http-autometric', port: 9090 },
  { name: 'http-usermetric', port: 9091 },
  { name: 'https-port', port: 8112 },
].map((port) => ({ ...port, protocol: 'TCP' }) as const);

function toFacts({ kind, name, namespace, template }: Workload, namespaceLabels: Record<string, string>): PodFacts {
  const isFunction = kind === 'Knative Service';
  const declared = containersOf(template.spec).flatMap(({ ports }) =>
    ports.map((port) => ({ name: port.name ?? '', port: port.containerPort, protocol: port.protocol })),
  );
  return {
    namespace,
    namespaceLabels: { ...namespaceLabels, [namespaceLabel]: namespace },
    labels: {
      ...template.metadata.labels,
      ...(isFunction && {
        app: `${name}-00001`,
        'serving.knative.dev/service': name,
        'serving.knative.dev/configuration': name,
        'serving.knative.dev/revision': `${name}-00001`,
      }),
    },
    namedPorts: isFunction
      ? [...declared.map((port) => ({ ...port, name: 'user-port' })), ...queueProxyPorts]
      : declared,
  };
}

/** A pod of each workload, by the workload's name. */
export function toPods(manifests: readonly Manifest[]): Endpoint[] {
  const namespaces = new Map(
    ofKind(manifests, 'Namespace', Manifest).map(({ metadata }) => [metadata.name, metadata.labels]),
  );
  return toWorkloads(manifests).map((workload, index) => ({
    name: workload.name,
    ip: `10.244.1.${index + 1}`,
    pod: toFacts(workload, namespaces.get(workload.namespace) ?? {}),
  }));
}

/** A pod that these manifests do not make. */
export const createPod = (name: string, namespace: string, labels: Record<string, string>): Endpoint => ({
  name,
  ip: '10.244.2.1',
  pod: { namespace, namespaceLabels: { [namespaceLabel]: namespace }, labels, namedPorts: [] },
});
