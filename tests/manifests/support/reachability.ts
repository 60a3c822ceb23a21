import { createIsAllowed, type Endpoint, type Protocol } from './network-policies.ts';
import type { NetworkPolicy } from './network-policy.ts';

const protocols: Protocol[] = ['TCP', 'UDP', 'SCTP'];
/** Of the app, the queue-proxy, the engines, telemetry and the cluster, and some that nobody uses. */
const wellKnown = [
  1, 22, 53, 80, 443, 3000, 4317, 4318, 5432, 6379, 6443, 8008, 8012, 8013, 8022, 8080, 8081, 8112, 8443, 9090, 9091,
  9093, 9200, 9300, 9464, 10_250, 16_686, 65_535,
];

/** Every port at which the answer of these policies can differ: what they name, its neighbours, and what pods declare. */
function portsOfInterest(policies: readonly NetworkPolicy[], endpoints: readonly Endpoint[]): number[] {
  const named = policies
    .flatMap(({ spec }) => [...spec.ingress, ...spec.egress])
    .flatMap((rule) => rule.ports)
    .flatMap(({ port, endPort }) =>
      typeof port === 'number' ? [port - 1, port, endPort ?? port, (endPort ?? port) + 1] : [],
    );
  const declared = endpoints.flatMap(({ pod }) => pod?.namedPorts.map(({ port }) => port) ?? []);
  return [...new Set([...wellKnown, ...named, ...declared])].toSorted((a, b) => a - b);
}

/** What one end may open to another: ports as `443`, or `53/UDP` where it is not TCP. */
export function createReachable(policies: readonly NetworkPolicy[], endpoints: readonly Endpoint[]) {
  const isAllowed = createIsAllowed(policies);
  const ports = portsOfInterest(policies, endpoints);
  return (from: Endpoint, to: Endpoint): string[] =>
    protocols.flatMap((protocol) =>
      ports
        .filter((port) => isAllowed({ from, to, port, protocol }))
        .map((port) => (protocol === 'TCP' ? String(port) : `${port}/${protocol}`)),
    );
}
