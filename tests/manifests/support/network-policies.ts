import { BlockList, isIPv6 } from 'node:net';
import { matchesLabels, type Labels } from './label-selector.ts';
import type { NetworkPolicy, PolicyPeer, PolicyPort, PolicyRule } from './network-policy.ts';

export type Protocol = PolicyPort['protocol'];

/** One end of a connection: a pod, or an address outside of the cluster when it has no `pod`. */
export interface Endpoint {
  name: string;
  ip: string;
  pod?: PodFacts;
}

export interface PodFacts {
  namespace: string;
  namespaceLabels: Labels;
  labels: Labels;
  namedPorts: readonly { name: string; port: number; protocol: Protocol }[];
}

export interface Flow {
  from: Endpoint;
  to: Endpoint;
  port: number;
  protocol?: Protocol;
}

/** Whether the policies let a connection through, as https://kubernetes.io/docs/concepts/services-networking/network-policies has it. */
export const createIsAllowed =
  (policies: readonly NetworkPolicy[]) =>
  ({ from, to, port, protocol = 'TCP' }: Flow): boolean => {
    if (from === to) return true;
    const lets = (type: 'Ingress' | 'Egress', pod: Endpoint, peer: Endpoint): boolean => {
      const isolating = policies.filter((policy) => policy.spec.policyTypes.includes(type) && selects(policy, pod));
      if (isolating.length === 0) return true;
      return isolating.some(({ metadata: { namespace }, spec }) =>
        (type === 'Ingress' ? spec.ingress : spec.egress).some(
          (rule) => hasPort(rule, to, port, protocol) && hasPeer(rule, peer, namespace),
        ),
      );
    };
    return lets('Egress', from, to) && lets('Ingress', to, from);
  };

const selects = ({ metadata, spec }: NetworkPolicy, { pod }: Endpoint): boolean =>
  pod !== undefined && pod.namespace === metadata.namespace && matchesLabels(spec.podSelector, pod.labels);

/** Elements are alternatives; none at all is everyone. */
const hasPeer = ({ peers }: PolicyRule, endpoint: Endpoint, namespace: string): boolean =>
  peers.length === 0 || peers.some((peer) => isPeer(peer, endpoint, namespace));

/** Selectors of one element must match together; without a namespace selector it means the policy's own namespace. */
function isPeer({ podSelector, namespaceSelector, ipBlock }: PolicyPeer, { ip, pod }: Endpoint, namespace: string) {
  if (ipBlock) return isWithin(ip, ipBlock.cidr) && !ipBlock.except.some((cidr) => isWithin(ip, cidr));
  if (!pod) return false;
  const isInNamespace = namespaceSelector
    ? matchesLabels(namespaceSelector, pod.namespaceLabels)
    : pod.namespace === namespace;
  return isInNamespace && (podSelector === undefined || matchesLabels(podSelector, pod.labels));
}

/** A port's name is looked up at the receiving end, in both directions. */
const hasPort = ({ ports }: PolicyRule, { pod }: Endpoint, port: number, protocol: Protocol): boolean =>
  ports.length === 0 ||
  ports.some((allowed) => {
    if (allowed.protocol !== protocol) return false;
    if (allowed.port === undefined) return true;
    if (typeof allowed.port === 'number') return port >= allowed.port && port <= (allowed.endPort ?? allowed.port);
    return pod?.namedPorts.some(
      (named) => named.name === allowed.port && named.port === port && named.protocol === protocol,
    );
  });

function isWithin(ip: string, cidr: string): boolean {
  const [network = '', prefix] = cidr.split('/');
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  if (isIPv6(ip) !== (family === 'ipv6')) return false;
  const block = new BlockList();
  block.addSubnet(network, Number(prefix), family);
  return block.check(ip, family);
}
