import { KubeConfig } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { callHttp } from '#lib/rollout/call-http.ts';
import { createKubeApi } from '#lib/rollout/kube-api-client.ts';
import { createProxiedPrometheus } from '#lib/rollout/prometheus.ts';
import { createKubernetesServices } from '#lib/rollout/services-kubernetes.ts';
import { calm } from '#tests/support/scope.ts';
import { startAnswerServer, type Answer, type ReceivedRequest } from './answer-server.ts';
import { serviceObject } from './kube-objects.ts';
import { createQuickTiming } from './quick-timing.ts';

async function createCluster(toAnswer: (request: ReceivedRequest) => Answer | undefined) {
  const { url, received } = await startAnswerServer(toAnswer);
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'test', server: url, skipTLSVerify: true },
    { name: 'deployer', token: 'deployer-token' },
  );
  const timing = createQuickTiming();
  const api = createKubeApi({ config, call: callHttp, timing });
  return { api, services: createKubernetesServices(api, 'genai-platform'), received, timing };
}

const path = '/apis/serving.knative.dev/v1/namespaces/genai-platform/services/query';
const failure = (status: number, message: string): Answer => ({ status, body: { kind: 'Status', message } });

test('a Service is read with the credentials of the kubeconfig', async () => {
  const { services, received } = await createCluster(() => ({ body: serviceObject }));
  const service = await services.find('query', calm);
  expect(service).toMatchObject({
    name: 'query',
    resourceVersion: '41',
    generation: 3,
    observedGeneration: 3,
    latestCreated: 'query-00002',
    presentTraffic: [{ revisionName: 'query-00001', percent: 100 }],
  });
  expect(received[0]).toMatchObject({
    method: 'GET',
    url: { pathname: path },
    headers: { authorization: 'Bearer deployer-token' },
  });
});

test('a change is one merge patch of what was read, containers whole', async () => {
  const { services, received } = await createCluster(() => ({ body: serviceObject }));
  const service = await services.find('query', calm);
  const [container] = service.containers;
  const traffic = [{ revisionName: 'query-00001', percent: 100 }];
  const annotations = { 'rollout.genai-platform/state': null };
  await services.change(service, { traffic, annotations, containers: [{ ...container, image: 'genai:2' }] }, calm);
  expect(received[1]).toMatchObject({
    method: 'PATCH',
    url: { pathname: path },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  expect(JSON.parse(received[1]?.body ?? '')).toEqual({
    metadata: { resourceVersion: '41', annotations },
    spec: {
      traffic,
      template: {
        spec: {
          containers: [{ image: 'genai:2', ports: [{ containerPort: 8080 }], env: [{ name: 'A', value: 'b' }] }],
        },
      },
    },
  });
});

test('a write of somebody else in between is an outcome, a refusal is an error', async () => {
  let status = 409;
  const { services } = await createCluster(({ method }) =>
    method === 'GET' ? { body: serviceObject } : failure(status, 'admission webhook denied the request'),
  );
  const service = await services.find('query', calm);
  await expect(services.change(service, {}, calm)).resolves.toBeUndefined();
  status = 400;
  await expect(services.change(service, {}, calm)).rejects.toThrow('400: admission webhook denied the request');
});

test('an API server that is away for a while is asked again, and given up in the end', async () => {
  let failing = 3;
  const { services, received, timing } = await createCluster(() => {
    failing -= 1;
    return failing < 0 ? { body: serviceObject } : { status: 503, body: 'apiserver not ready' };
  });
  await expect(services.find('query', calm)).resolves.toMatchObject({ name: 'query' });
  expect(received).toHaveLength(4);
  failing = Infinity;
  await expect(services.find('query', calm)).rejects.toThrow('503: apiserver not ready');
  expect(timing.now()).toBeLessThan(60_000);
});

test('why pods do not run is told, as far as one may see them', async () => {
  const pod = {
    metadata: { name: 'query-00002-deployment-abc' },
    status: {
      conditions: [{ type: 'PodScheduled', status: 'False', message: 'insufficient cpu' }],
      containerStatuses: [
        { name: 'queue-proxy', state: { running: {} } },
        {
          name: 'user-container',
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
          lastState: { terminated: { reason: 'Error', message: 'JWT_SECRET must be set' } },
        },
      ],
    },
  };
  let answer: Answer = { body: { items: [pod, pod] } };
  const { services, received } = await createCluster(() => answer);
  await expect(services.explainPods('query-00002', calm)).resolves.toEqual([
    'pod query-00002-deployment-abc is not scheduled: insufficient cpu',
    'container user-container: CrashLoopBackOff back-off 10s, ended before: Error JWT_SECRET must be set',
  ]);
  expect(received[0]?.url.searchParams.get('labelSelector')).toBe('serving.knative.dev/revision=query-00002');
  answer = failure(403, 'pods is forbidden');
  await expect(services.explainPods('query-00002', calm)).resolves.toEqual([]);
});

test('Prometheus is reached through the API server, which is not asked twice for it', async () => {
  let answer: Answer = { body: { status: 'success', data: { resultType: 'vector', result: [] } } };
  const { api, received } = await createCluster(() => answer);
  const query = createProxiedPrometheus(api, 'genai-platform');
  await expect(query('up', 5_000, calm)).resolves.toEqual([]);
  expect(received[0]?.url.pathname).toBe(
    '/api/v1/namespaces/genai-platform/services/http:prometheus:9090/proxy/api/v1/query',
  );
  answer = failure(503, 'no endpoints available for service "prometheus"');
  await expect(query('up', 5_000, calm)).rejects.toThrow('no endpoints available');
  expect(received).toHaveLength(2);
});
