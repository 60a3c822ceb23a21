import { stringify } from 'yaml';
import { isKnativeService } from './knative-service.ts';
import type { Manifest } from './manifest.ts';
import { toWorkloads } from './workload.ts';

/** The linters don't know Knative: a function is shown to them as a Deployment of the pods that Knative makes of it. */
function toDeployment(manifest: Manifest): object[] {
  return toWorkloads([manifest]).map(({ name, namespace, template }) => {
    const { annotations, labels } = template.metadata;
    const [container, ...sidecars] = template.spec.containers;
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace, labels },
      spec: {
        selector: { matchLabels: { 'serving.knative.dev/service': name } },
        template: {
          metadata: { annotations, labels: { ...labels, 'serving.knative.dev/service': name } },
          spec: { ...template.spec, containers: [{ ...container, name: 'user-container' }, ...sidecars] },
        },
      },
    };
  });
}

export const toLintable = (manifests: readonly Manifest[]): string =>
  manifests
    .flatMap((manifest) => (isKnativeService(manifest) ? toDeployment(manifest) : [manifest]))
    .map((manifest) => stringify(manifest, { version: '1.1' }))
    .join('---\n');
