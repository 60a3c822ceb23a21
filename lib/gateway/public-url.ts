import { BlockList, isIP } from 'node:net';

const reserved = new BlockList();
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  reserved.addSubnet(address, prefix, 'ipv4');
for (const [address, prefix] of [
  ['::', 96],
  ['64:ff9b::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const)
  reserved.addSubnet(address, prefix, 'ipv6');

/** Names that mean something inside a network only; one without a dot always does. */
const innerName = /^[^.]*$|(?:^|\.)(?:localhost|local|internal|intranet|lan|home\.arpa|svc)$/;

function isPublicHost(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '');
  if (isIP(address) === 0) return !innerName.test(host.replace(/\.$/, ''));
  return !reserved.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Whether it leads out of any network that whoever follows it stands in, as far as it tells itself. No name is looked up. */
export function isPublicUrl(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'https:' && isPublicHost(url.hostname);
}
