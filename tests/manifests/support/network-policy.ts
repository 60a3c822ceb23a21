import * as v from 'valibot';
import { LabelSelector } from './label-selector.ts';

const PortNumber = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));
const Cidr = v.union([v.pipe(v.string(), v.regex(/^[\d.]+\/\d+$/)), v.pipe(v.string(), v.regex(/^[\da-f:.]+\/\d+$/))]);

const Port = v.pipe(
  v.strictObject({
    protocol: v.optional(v.picklist(['TCP', 'UDP', 'SCTP']), 'TCP'),
    port: v.optional(v.union([PortNumber, v.string()])),
    endPort: v.optional(PortNumber),
  }),
  v.check(
    ({ port, endPort }) => endPort === undefined || (typeof port === 'number' && port <= endPort),
    'endPort needs a number not above it in port',
  ),
);

const Peer = v.pipe(
  v.strictObject({
    podSelector: v.optional(LabelSelector),
    namespaceSelector: v.optional(LabelSelector),
    ipBlock: v.optional(v.strictObject({ cidr: Cidr, except: v.optional(v.array(Cidr), []) })),
  }),
  v.check(
    ({ podSelector, namespaceSelector, ipBlock }) =>
      ipBlock === undefined ? (podSelector ?? namespaceSelector) !== undefined : !podSelector && !namespaceSelector,
    'a peer is either an ipBlock or selectors',
  ),
);

const Ports = v.optional(v.array(Port), []);
const Peers = v.optional(v.array(Peer), []);
const PolicyType = v.picklist(['Ingress', 'Egress']);

/** networking.k8s.io/v1; strict, so that a field which is not evaluated is never passed over. */
export const NetworkPolicy = v.looseObject({
  apiVersion: v.literal('networking.k8s.io/v1'),
  kind: v.literal('NetworkPolicy'),
  metadata: v.looseObject({ name: v.string(), namespace: v.string() }),
  spec: v.pipe(
    v.strictObject({
      podSelector: v.optional(LabelSelector, {}),
      policyTypes: v.optional(v.array(PolicyType), []),
      ingress: v.optional(v.array(v.strictObject({ from: Peers, ports: Ports })), []),
      egress: v.optional(v.array(v.strictObject({ to: Peers, ports: Ports })), []),
    }),
    v.transform(({ podSelector, policyTypes, ingress, egress }) => ({
      podSelector,
      policyTypes: policyTypes.length > 0 ? policyTypes : defaultTypes(egress.length > 0),
      ingress: ingress.map(({ from, ports }) => ({ peers: from, ports })),
      egress: egress.map(({ to, ports }) => ({ peers: to, ports })),
    })),
  ),
});

export type NetworkPolicy = v.InferOutput<typeof NetworkPolicy>;
export type PolicyPort = v.InferOutput<typeof Port>;
export type PolicyPeer = v.InferOutput<typeof Peer>;
export interface PolicyRule {
  peers: PolicyPeer[];
  ports: PolicyPort[];
}

function defaultTypes(hasEgressRules: boolean): v.InferOutput<typeof PolicyType>[] {
  return hasEgressRules ? ['Ingress', 'Egress'] : ['Ingress'];
}
