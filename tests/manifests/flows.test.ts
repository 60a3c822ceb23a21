import { describe, expect, inject, test } from 'vitest';
import { ofKind } from './support/manifest.ts';
import type { Endpoint } from './support/network-policies.ts';
import { NetworkPolicy } from './support/network-policy.ts';
import { createPod, toPods } from './support/pods.ts';
import { createReachable } from './support/reachability.ts';

const outsiders: Endpoint[] = [
  createPod('activator', 'knative-serving', { app: 'activator' }),
  createPod('autoscaler', 'knative-serving', { app: 'autoscaler' }),
  createPod('gateway', 'kourier-system', { app: '3scale-kourier-gateway' }),
  createPod('cert-manager', 'cert-manager', {
    'app.kubernetes.io/name': 'cert-manager',
    'app.kubernetes.io/component': 'controller',
  }),
  createPod('dns', 'kube-system', { 'k8s-app': 'kube-dns' }),
  createPod('unlabelled', 'genai-platform', {}),
  // Bears the labels of others where these mean nothing.
  createPod('impostor', 'other', {
    app: 'activator',
    'k8s-app': 'kube-dns',
    'app.kubernetes.io/name': 'prometheus',
    'app.kubernetes.io/component': 'function',
    'app.kubernetes.io/part-of': 'genai-platform',
  }),
  { name: 'node-local dns', ip: '169.254.20.10' },
  { name: 'internet', ip: '203.0.113.7' },
  { name: 'internet (IPv6)', ip: '2606:4700::7' },
  { name: 'private network', ip: '10.1.2.3' },
  { name: 'private network (IPv6)', ip: 'fd00::7' },
  { name: 'metadata', ip: '169.254.169.254' },
];

const functions = ['audit', 'auth', 'chat', 'documents', 'edge', 'query', 'search', 'tenants', 'usage'];
const withoutEdge = functions.filter((name) => name !== 'edge');
const internet = ['internet', 'internet (IPv6)'];
const everyPod = '*';

/** What may be opened. Any port of a pair that stands in no row is closed. */
const rows: [from: string[] | string, to: string[] | string, ports: string][] = [
  ['activator', functions, '8012 8013 8112'],
  ['gateway', functions, '8012 8013 8112'],
  ['autoscaler', functions, '8012 9090'],
  ['prometheus', functions, '9464'],

  [everyPod, ['dns', 'node-local dns'], '53 53/UDP'],
  [withoutEdge, 'redis', '6379'],
  [withoutEdge, 'opensearch', '9200'],
  [withoutEdge, internet, '443'],
  [functions, 'jaeger', '4317 4318'],
  ['edge', 'gateway', '8081'],

  ['opensearch', 'opensearch', '9300'],

  ['leak-canary', 'gateway', '8081'],
  ['redis-backup', 'redis', '6379'],
  [['opensearch-snapshot', 'opensearch-verify'], 'opensearch', '9200'],
  [['opensearch-restore', 'reindex', 'audit-prune'], 'opensearch', '9200'],
  [['opensearch-snapshot', 'opensearch-restore', 'reindex'], 'redis', '6379'],
  ['reindex', internet, '443'],

  ['prometheus', 'autoscaler', '9090'],
  ['prometheus', 'cert-manager', '9402'],
  ['prometheus', 'alertmanager', '9093'],
  ['alertmanager', internet, '443'],
  ['grafana', 'prometheus', '9090'],
  ['grafana', 'alertmanager', '9093'],
  ['grafana', 'jaeger', '16686'],
];

const includes = (names: string[] | string, name: string): boolean =>
  names === name || (Array.isArray(names) && names.includes(name));

/** A connection needs both ends to allow it: each is held to the rows alone, so that neither leans on the other. */
const sides = [
  { side: 'to be opened by', type: 'Egress' },
  { side: 'to be opened to', type: 'Ingress' },
] as const;

describe.each(['local', 'production'] as const)('overlay %s', (overlay) => {
  const manifests = inject('overlays')[overlay];
  const policies = ofKind(manifests, 'NetworkPolicy', NetworkPolicy);
  const pods = toPods(manifests);
  const endpoints = [...pods, ...outsiders];
  const isOurs = ({ pod }: Endpoint) => pod?.namespace === 'genai-platform';

  const expected = (from: Endpoint, to: Endpoint): string[] =>
    rows
      .filter(
        ([sources, targets]) =>
          (sources === everyPod ? isOurs(from) : includes(sources, from.name)) && includes(targets, to.name),
      )
      .flatMap(([, , ports]) => ports.split(' '));

  describe.each(sides)('allows $side', ({ type }) => {
    const ofSide = policies.map(({ spec, ...policy }) => ({
      ...policy,
      spec: { ...spec, policyTypes: spec.policyTypes.filter((applied) => applied === type) },
    }));
    const reachable = createReachable(ofSide, endpoints);

    test.each(endpoints.filter(isOurs))('$name what its rows say, and nothing else', (end) => {
      const found = new Map<string, string[]>();
      const wanted = new Map<string, string[]>();
      for (const other of endpoints) {
        // A pod's way to itself is always open: where both ends are one pod, the other is a replica of it.
        const replica = { ...other };
        const [from, to] = type === 'Egress' ? [end, replica] : [replica, end];
        found.set(other.name, reachable(from, to).toSorted());
        wanted.set(other.name, expected(from, to).toSorted());
      }
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
    });
  });

  test('each row is about ends that there are', () => {
    const names = new Set([everyPod, ...endpoints.map(({ name }) => name)]);
    const missing = rows.flatMap(([from, to]) => [from, to].flat()).filter((name) => !names.has(name));
    expect(missing).toEqual([]);
  });
});
