import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { IsTrustedProxy } from './trusted-proxies.ts';

/** The caller's request id where it is harmless, else a new one. */
export const requestIdFrom = (header: string | undefined): string =>
  header !== undefined && /^[A-Za-z0-9._-]{1,128}$/.test(header) ? header : randomUUID();

/** The trace id of a W3C `traceparent` header. */
export const traceIdFrom = (header: string | undefined): string | undefined =>
  /^00-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(header ?? '')?.[1];

/** An IPv4 address as it is, where the socket has it as one of IPv6. */
const plain = (address: string): string => address.trim().replace(/^::ffff:(?=\d+\.)/i, '');

/** Whether one of our own is at the other end of the connection. */
export const isFromProxy = (socketAddress: string | undefined, isTrustedProxy: IsTrustedProxy): boolean =>
  socketAddress !== undefined && isTrustedProxy(plain(socketAddress));

/**
 * The client's address: each proxy appends the one that it was called from to `X-Forwarded-For`, so it is the last one
 * there that is no proxy of ours. What stands before it can be forged, and so can all of it where nobody of ours called.
 */
export function clientAddress(
  forwardedFor: string | undefined,
  socketAddress: string | undefined,
  isTrustedProxy: IsTrustedProxy,
): string | undefined {
  if (socketAddress === undefined) return undefined;
  let address = plain(socketAddress);
  for (const candidate of (forwardedFor ?? '').split(',').map(plain).toReversed()) {
    if (isIP(candidate) === 0 || !isTrustedProxy(address)) break;
    address = candidate;
  }
  return address;
}
