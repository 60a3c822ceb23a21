import { randomUUID } from 'node:crypto';

/** The caller's request id where it is harmless, else a new one. */
export const requestIdFrom = (header: string | undefined): string =>
  header !== undefined && /^[A-Za-z0-9._-]{1,128}$/.test(header) ? header : randomUUID();

/** The trace id of a W3C `traceparent` header. */
export const traceIdFrom = (header: string | undefined): string | undefined =>
  /^00-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(header ?? '')?.[1];

/**
 * The client's address: each trusted proxy in front appended one to `X-Forwarded-For`, so the one
 * that the outermost of them saw stands `hops` from the right. What is left of it can be forged.
 */
export function clientAddress(
  forwardedFor: string | undefined,
  socketAddress: string | undefined,
  hops: number,
): string | undefined {
  if (hops === 0 || forwardedFor === undefined) return socketAddress;
  return forwardedFor.split(',').at(-hops)?.trim() ?? socketAddress;
}
