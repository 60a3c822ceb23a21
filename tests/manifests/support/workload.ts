import * as v from 'valibot';
import type { Manifest } from './manifest.ts';
import { PodTemplate } from './pod-template.ts';

const WithTemplate = v.object({ spec: v.object({ template: PodTemplate }) });
const WithJobTemplate = v.object({ spec: v.object({ jobTemplate: WithTemplate }) });

/** Something that makes pods. */
export interface Workload {
  kind: string;
  name: string;
  namespace: string;
  template: PodTemplate;
}

function templateOf(manifest: Manifest): PodTemplate | undefined {
  switch (`${manifest.apiVersion} ${manifest.kind}`) {
    case 'serving.knative.dev/v1 Service':
    case 'apps/v1 Deployment':
    case 'apps/v1 StatefulSet':
    case 'batch/v1 Job':
      return v.parse(WithTemplate, manifest).spec.template;
    case 'batch/v1 CronJob':
      return v.parse(WithJobTemplate, manifest).spec.jobTemplate.spec.template;
    default:
      return undefined;
  }
}

/** An object with a pod template that no case above knows must not slip past the checks. */
function refuseUnknown(manifest: Manifest): void {
  if (JSON.stringify(manifest).includes('"containers":')) {
    throw new Error(`${manifest.apiVersion} ${manifest.kind} makes pods and is not known`);
  }
}

export const toWorkloads = (manifests: readonly Manifest[]): Workload[] =>
  manifests.flatMap((manifest) => {
    const template = templateOf(manifest);
    if (!template) {
      refuseUnknown(manifest);
      return [];
    }
    const { name, namespace = 'default' } = manifest.metadata;
    return [
      {
        kind: manifest.apiVersion.startsWith('serving.knative.dev/') ? 'Knative Service' : manifest.kind,
        name,
        namespace,
        template,
      },
    ];
  });
