import * as v from 'valibot';
import { describe, expect, inject, test } from 'vitest';
import { isKnativeService, KnativeService } from './support/knative-service.ts';
import { overlays } from './support/render-overlay.ts';

const functions = ['audit', 'auth', 'chat', 'documents', 'edge', 'query', 'search', 'tenants', 'usage'];
const streaming = new Set(['audit', 'chat', 'documents', 'edge', 'query']);

describe.each(overlays)('overlay %s', (overlay) => {
  const manifests = inject('overlays')[overlay].filter(isKnativeService);

  test('each function is a Knative Service', () => {
    expect(manifests.map(({ metadata }) => metadata.name).toSorted()).toEqual(functions);
  });

  test.each(manifests)('$metadata.name sets no field that the webhook refuses', (manifest) => {
    expect(v.safeParse(KnativeService, manifest).issues).toBeUndefined();
  });

  const services = manifests.flatMap((manifest) => {
    const result = v.safeParse(KnativeService, manifest);
    return result.success ? [{ name: manifest.metadata.name, ...result.output }] : [];
  });

  test.each(services)('$name is told by its labels, and runs the function of its name', ({ name, spec }) => {
    const [container] = spec.template.spec.containers;
    expect(spec.template.metadata.labels).toMatchObject({
      'app.kubernetes.io/name': name,
      'app.kubernetes.io/part-of': 'genai-platform',
    });
    expect(container.env).toContainEqual({ name: 'FUNCTION', value: name });
    expect(spec.template.spec.serviceAccountName).toBe(name);
  });

  test.each(services)('$name ends streams and requests in the order that Knative needs', ({ name, spec }) => {
    const { timeoutSeconds, responseStartTimeoutSeconds, idleTimeoutSeconds } = spec.template.spec;
    // Draining alone takes 30 s, and the pod is killed after its timeout.
    expect(timeoutSeconds).toBeGreaterThanOrEqual(60);
    expect(timeoutSeconds).toBeLessThanOrEqual(600);
    if (streaming.has(name)) expect(timeoutSeconds).toBe(600);
    expect(responseStartTimeoutSeconds).toBeLessThanOrEqual(timeoutSeconds);
    expect(idleTimeoutSeconds).toBeLessThanOrEqual(timeoutSeconds);
    // Heartbeats come every 15 s.
    expect(idleTimeoutSeconds).toBeGreaterThanOrEqual(30);
  });

  test.each(services)('$name scales by concurrency, to zero and to 20 pods', ({ name, spec }) => {
    // A burst of the tests shall want more than there may be.
    const maxScale = overlay === 'test' && name === 'query' ? '3' : '20';
    const { containerConcurrency } = spec.template.spec;
    const { annotations } = spec.template.metadata;
    expect(annotations).toMatchObject({
      'autoscaling.knative.dev/metric': 'concurrency',
      'autoscaling.knative.dev/min-scale': '0',
      'autoscaling.knative.dev/max-scale': maxScale,
    });
    const target = Number(annotations['autoscaling.knative.dev/target']);
    expect(target).toBeGreaterThan(0);
    expect(target).toBeLessThan(containerConcurrency);
    expect(containerConcurrency).toBeLessThanOrEqual(1_000);
  });

  test.each(services)('$name bounds its queue-proxy', ({ spec }) => {
    const given = Object.keys(spec.template.metadata.annotations);
    for (const resource of ['cpu', 'memory']) {
      expect(given).toContain(`queue.sidecar.serving.knative.dev/${resource}-resource-request`);
      expect(given).toContain(`queue.sidecar.serving.knative.dev/${resource}-resource-limit`);
    }
  });

  test.each(services)('$name says on its template what has no effect on the Service', ({ metadata }) => {
    const misplaced = Object.keys(metadata.annotations).filter((key) => /^(autoscaling|queue\.sidecar)\./.test(key));
    expect(misplaced).toEqual([]);
  });

  test.each(services)('$name mounts its secrets, read-only, and no key that it does not name', ({ spec }) => {
    const { containers, volumes } = spec.template.spec;
    for (const volume of volumes) {
      const mount = containers[0].volumeMounts.find(({ name }) => name === volume.name);
      expect(mount, volume.name).toBeDefined();
      if (!('secret' in volume)) continue;
      expect(mount?.readOnly).toBe(true);
      expect(volume.secret.items?.length).toBeGreaterThan(0);
    }
  });

  test('the metrics have a port that the queue-proxy leaves free', () => {
    const config = inject('overlays')[overlay].find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith('genai-config'),
    );
    expect(config).toMatchObject({ data: { METRICS_PORT: '9464' } });
  });
});
