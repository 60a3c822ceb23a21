import { lookup as lookupName } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

const privateNetworks = new BlockList();
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  privateNetworks.addSubnet(network, prefix, 'ipv4');
privateNetworks.addAddress('::1', 'ipv6');
privateNetworks.addSubnet('fc00::', 7, 'ipv6');

type Lookup = (host: string) => Promise<{ address: string }[]>;

const lookupAll: Lookup = (host) => lookupName(host, { all: true });

/** True where every address that the URL's host stands for is of this machine or of a private network. */
export async function isPrivateTarget(url: string, lookup: Lookup = lookupAll): Promise<boolean> {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) ? [{ address: host }] : await lookup(host);
  return (
    addresses.length > 0 &&
    addresses.every(({ address }) => privateNetworks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'))
  );
}
