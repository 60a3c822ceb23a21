import * as v from 'valibot';
import { parse } from 'yaml';
import type { Labels } from './label-selector.ts';
import { createIsAllowed, type Endpoint, type Protocol } from './network-policies.ts';
import { NetworkPolicy } from './network-policy.ts';

export const pod = (labels: Labels, namespace = 'default', namespaceLabels: Labels = {}): Endpoint => ({
  name: 'pod',
  ip: '10.244.0.1',
  pod: {
    namespace,
    namespaceLabels: { 'kubernetes.io/metadata.name': namespace, ...namespaceLabels },
    labels,
    namedPorts: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  },
});

export const outside = (ip: string): Endpoint => ({ name: ip, ip });

export const policy = (spec: string): NetworkPolicy =>
  v.parse(NetworkPolicy, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'test', namespace: 'default' },
    spec: parse(spec),
  });

/** Whether a connection is let through where these policies, of the namespace `default`, are all there are. */
export const under = (...specs: string[]) => {
  const isAllowed = createIsAllowed(specs.map(policy));
  return (from: Endpoint, to: Endpoint, port = 80, protocol: Protocol = 'TCP') =>
    isAllowed({ from, to, port, protocol });
};
