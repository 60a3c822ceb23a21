/** As the API server gives them, with more than anybody here reads. */
export const serviceObject = {
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  metadata: {
    name: 'query',
    resourceVersion: '41',
    generation: 3,
    annotations: { 'serving.knative.dev/creator': 'me' },
  },
  spec: {
    template: {
      metadata: { labels: { 'app.kubernetes.io/name': 'query' } },
      spec: {
        timeoutSeconds: 600,
        containers: [{ image: 'genai:1', ports: [{ containerPort: 8080 }], env: [{ name: 'A', value: 'b' }] }],
      },
    },
    traffic: [{ latestRevision: true, percent: 100 }],
  },
  status: {
    observedGeneration: 3,
    latestCreatedRevisionName: 'query-00002',
    latestReadyRevisionName: 'query-00001',
    traffic: [{ latestRevision: true, percent: 100, revisionName: 'query-00001' }],
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2027-01-01T00:00:00Z' }],
  },
};

export const revisionObject = {
  metadata: { name: 'query-00001', creationTimestamp: '2027-01-01T00:00:00Z', labels: {} },
  spec: { containers: [{ name: 'user-container', image: 'genai:1' }] },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
};
