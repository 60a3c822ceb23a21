import { createHmac } from 'node:crypto';
import { testSecret } from '#tests/support/platform.ts';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const nowInSeconds = (): number => Math.floor(Date.now() / 1_000);

/** What a good token of tenant `acme` says; `undefined` removes a claim. */
export const toClaims = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  sub: 'user-1',
  tenant_id: 'acme',
  role: 'member',
  iat: nowInSeconds(),
  exp: nowInSeconds() + 600,
  ...changes,
});

/** A claim that lies so many seconds from now. */
export const secondsFromNow = (seconds: number): number => nowInSeconds() + seconds;

/** A token built by hand, so that its header may say anything; the signature is HMAC's. */
export function forgeToken(
  header: Record<string, unknown> = {},
  claims: Record<string, unknown> = {},
  secret: string | Uint8Array = testSecret,
): string {
  const signed = `${encode({ alg: 'HS256', typ: 'JWT', ...header })}.${encode(toClaims(claims))}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** A token without a signature, as `alg: none` has it. */
export const forgeUnsigned = (alg: string): string => `${encode({ alg, typ: 'JWT' })}.${encode(toClaims())}.`;
