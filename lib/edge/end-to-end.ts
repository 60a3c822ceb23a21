/** Header fields by lower-case name, each with every value it came with. */
export type HeaderFields = Record<string, string[]>;

const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** The fields without those that belong to one connection alone (RFC 9110, 7.6.1), nor those that `drop` names. */
export function toEndToEnd(fields: NodeJS.Dict<string | string[]>, drop: RegExp): HeaderFields {
  const named = [fields['connection'] ?? []].flat().flatMap((value) => value.toLowerCase().split(','));
  const dropped = new Set([...hopByHop, ...named.map((name) => name.trim())]);
  const kept = Object.entries(fields).filter(([name]) => !dropped.has(name) && !drop.test(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, [value ?? []].flat()]));
}
