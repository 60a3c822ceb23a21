import * as v from 'valibot';
import { PodList, RevisionList, ServiceList, ServiceSchema, type Pod } from './knative-schemas.ts';
import type { KnativeServices, ServiceChange } from './knative-services.ts';
import { KubeApiError, type KubeApi } from './kube-api.ts';

const serving = '/apis/serving.knative.dev/v1';
const limit = '1000';
const maxReasons = 10;

const toPatch = (resourceVersion: string, { annotations, traffic, containers }: ServiceChange) => ({
  // With it the patch is refused with 409 where the object is not the one that was read.
  metadata: { resourceVersion, ...(annotations === undefined ? {} : { annotations }) },
  spec: {
    ...(traffic === undefined ? {} : { traffic }),
    ...(containers === undefined ? {} : { template: { spec: { containers } } }),
  },
});

function* toReasons({ metadata, status }: Pod): Generator<string> {
  for (const { type, status: is, message } of status.conditions) {
    if (type === 'PodScheduled' && is === 'False') yield `pod ${metadata.name} is not scheduled: ${message ?? ''}`;
  }
  for (const { name, state, lastState } of status.containerStatuses) {
    const ended = lastState.terminated ?? state.terminated;
    const { reason, message } = state.waiting ?? ended ?? {};
    const before = state.waiting && ended ? `, ended before: ${ended.reason ?? ''} ${ended.message ?? ''}` : '';
    if (reason !== undefined) yield `container ${name}: ${reason} ${message ?? ''}${before}`.trim();
  }
}

export function createKubernetesServices(api: KubeApi, namespace: string): KnativeServices {
  const services = `${serving}/namespaces/${namespace}/services`;

  return {
    async find(name, signal) {
      return v.parse(ServiceSchema, await api.send({ method: 'GET', path: `${services}/${name}` }, signal));
    },
    async list(signal) {
      const answer = await api.send({ method: 'GET', path: services, query: { limit } }, signal);
      return v.parse(ServiceList, answer).items;
    },
    async change({ name, resourceVersion }, change, signal) {
      const patch = toPatch(resourceVersion, change);
      try {
        return v.parse(ServiceSchema, await api.send({ method: 'PATCH', path: `${services}/${name}`, patch }, signal));
      } catch (error) {
        if (error instanceof KubeApiError && error.status === 409) return undefined;
        throw error;
      }
    },
    async listRevisions(service, signal) {
      const path = `${serving}/namespaces/${namespace}/revisions`;
      const query = { labelSelector: `serving.knative.dev/service=${service}`, limit };
      return v.parse(RevisionList, await api.send({ method: 'GET', path, query }, signal)).items;
    },
    async explainPods(revision, signal) {
      const path = `/api/v1/namespaces/${namespace}/pods`;
      const query = { labelSelector: `serving.knative.dev/revision=${revision}`, limit: '20' };
      try {
        const { items } = v.parse(PodList, await api.send({ method: 'GET', path, query }, signal));
        return [...new Set(items.flatMap((pod) => [...toReasons(pod)]))].slice(0, maxReasons);
      } catch (error) {
        // Whoever may roll out need not be allowed to see pods.
        if (error instanceof KubeApiError && error.status === 403) return [];
        throw error;
      }
    },
  };
}
