import * as v from 'valibot';
import { describe, expect, inject, test } from 'vitest';
import { coreServicesOf } from './support/core-service.ts';
import { LabelSelector, matchesLabels } from './support/label-selector.ts';
import { ofKind } from './support/manifest.ts';
import { NetworkPolicy } from './support/network-policy.ts';
import { toPods } from './support/pods.ts';

const DisruptionBudget = v.object({
  metadata: v.object({ name: v.string() }),
  spec: v.object({ selector: LabelSelector }),
});
const StatefulSet = v.object({ spec: v.object({ serviceName: v.string() }) });

// The overlay of the tests takes Grafana out of the local one, and leaves what selects it.
/** Its pods are cert-manager's, and there for as long as a certificate is made. */
const othersPolicy = 'certificate-challenges';

describe.each(['local', 'production'] as const)('overlay %s', (overlay) => {
  const manifests = inject('overlays')[overlay];
  const pods = toPods(manifests);
  const services = coreServicesOf(manifests);
  const select = (selector: LabelSelector) =>
    pods.flatMap(({ pod }) => (pod && matchesLabels(selector, pod.labels) ? [pod] : []));

  test.each(services)('the Service $metadata.name selects pods that have its ports', ({ spec }) => {
    const selected = select({ matchLabels: spec.selector, matchExpressions: [] });
    expect(selected).not.toEqual([]);
    for (const { port, targetPort = port } of spec.ports) {
      if (typeof targetPort === 'number') continue;
      for (const { namedPorts } of selected) expect(namedPorts.map(({ name }) => name)).toContain(targetPort);
    }
  });

  test.each(ofKind(manifests, 'StatefulSet', StatefulSet))('the Service $spec.serviceName is there', ({ spec }) => {
    expect(services.map(({ metadata }) => metadata.name)).toContain(spec.serviceName);
  });

  test.each(ofKind(manifests, 'PodDisruptionBudget', DisruptionBudget))(
    'the disruption budget $metadata.name is about pods of one name',
    ({ spec }) => {
      const names = new Set(select(spec.selector).map(({ labels }) => labels['app.kubernetes.io/name']));
      expect(names.size).toBe(1);
    },
  );

  const policies = ofKind(manifests, 'NetworkPolicy', NetworkPolicy);
  test.each(policies.filter(({ metadata }) => metadata.name !== othersPolicy))(
    'the policy $metadata.name, and each peer of its own namespace, is about pods that there are',
    ({ spec }) => {
      const peers = [...spec.ingress, ...spec.egress].flatMap((rule) => rule.peers);
      const own = peers.flatMap(({ podSelector, namespaceSelector }) =>
        podSelector && !namespaceSelector ? [podSelector] : [],
      );
      const selectors = [spec.podSelector, ...own];
      expect(selectors.filter((selector) => select(selector).length === 0)).toEqual([]);
    },
  );

  test('no selector names a pod that is not there', () => {
    const names = new Set(pods.map(({ pod }) => pod?.labels['app.kubernetes.io/name']));
    const named = ofKind(manifests, 'NetworkPolicy', NetworkPolicy)
      .flatMap(({ spec }) => [
        spec.podSelector,
        ...[...spec.ingress, ...spec.egress].flatMap(({ peers }) => peers.map((peer) => peer.podSelector)),
      ])
      .flatMap((selector) => selector?.matchExpressions ?? [])
      .flatMap((requirement) =>
        requirement.key === 'app.kubernetes.io/name' && 'values' in requirement ? requirement.values : [],
      );
    expect(named.filter((name) => !names.has(name))).toEqual([]);
  });
});
