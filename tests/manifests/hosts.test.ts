import * as v from 'valibot';
import { describe, expect, inject, test } from 'vitest';
import { toClusterHosts, toSettings } from './support/cluster-hosts.ts';
import { coreServicesOf } from './support/core-service.ts';
import { isKnativeService } from './support/knative-service.ts';
import { ofKind } from './support/manifest.ts';
import { overlays } from './support/render-overlay.ts';

const DomainMapping = v.object({ spec: v.object({ ref: v.object({ name: v.string() }) }) });
const namespace = 'genai-platform';

test('the hosts of the cluster are told from others', () => {
  const text = `redis://genai@redis:6379 https://opensearch:9200/x http://query.other.svc.cluster.local
    http://jaeger.genai-platform:4318 https://api.openai.com/v1 http://localhost:1 http://127.0.0.1:2`;
  expect(toClusterHosts(text, namespace)).toEqual([
    { service: 'redis', namespace, port: 6379 },
    { service: 'opensearch', namespace, port: 9200 },
    { service: 'query', namespace: 'other', port: 80 },
    { service: 'jaeger', namespace, port: 4318 },
  ]);
});

describe.each(overlays)('overlay %s', (overlay) => {
  const manifests = inject('overlays')[overlay];
  const functions = manifests.filter(isKnativeService).map(({ metadata }) => metadata.name);

  test('each host of the cluster in a setting is a Service with that port', () => {
    const known = new Set([
      ...coreServicesOf(manifests).flatMap(({ metadata, spec }) =>
        spec.ports.map(({ port }) => `${metadata.name}:${port}`),
      ),
      ...functions.map((name) => `${name}:80`),
    ]);
    const hosts = manifests.flatMap((manifest) => toClusterHosts(toSettings(manifest), namespace));
    expect(hosts.map((host) => host.service)).toEqual(expect.arrayContaining(['redis', 'opensearch', 'query', 'edge']));
    expect(hosts.filter((host) => host.namespace !== namespace || !known.has(`${host.service}:${host.port}`))).toEqual(
      [],
    );
  });

  test('each public host is that of a function', () => {
    const mapped = ofKind(manifests, 'DomainMapping', DomainMapping).map(({ spec }) => spec.ref.name);
    expect(mapped.filter((name) => !functions.includes(name))).toEqual([]);
  });
});
