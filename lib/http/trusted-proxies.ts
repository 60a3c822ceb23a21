import { BlockList, isIP } from 'node:net';
import * as v from 'valibot';

export type IsTrustedProxy = (address: string) => boolean;

interface Network {
  address: string;
  prefix: number;
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** `10.0.0.0/8`, or one address. */
function parseNetwork(text: string): Network | undefined {
  const [address = '', prefix, ...rest] = text.trim().split('/');
  const longest = isIP(address) === 6 ? 128 : 32;
  if (isIP(address) === 0 || rest.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) return undefined;
  const length = prefix === undefined ? longest : Number(prefix);
  return length <= longest ? { address, prefix: length } : undefined;
}

function toPredicate(networks: readonly Network[]): IsTrustedProxy {
  const list = new BlockList();
  for (const { address, prefix } of networks) list.addSubnet(address, prefix, familyOf(address));
  return (address) => list.check(address, familyOf(address));
}

/** Networks and addresses between commas; none where it is empty. */
export const TrustedProxiesSchema = v.pipe(
  v.string(),
  v.maxLength(4_096),
  v.transform((text) => (text === '' ? [] : text.split(',').map(parseNetwork))),
  v.check((networks) => !networks.includes(undefined)),
  v.transform((networks) => toPredicate(networks.filter((network) => network !== undefined))),
);
