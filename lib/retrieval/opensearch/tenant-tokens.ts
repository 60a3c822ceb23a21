import { SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Clock } from '#lib/core/clock.ts';

/** The value of an `Authorization` header that opens one tenant's index and nothing else. */
export type MintTenantToken = (tenantId: string) => Promise<string>;

/** Seconds. */
const lifetime = 60;
/** A token is given out while it lives at least so long, in seconds: longer than any call takes. */
const margin = 20;

/** One-minute tokens for the engine's own role check, signed with a key that signs nothing else. */
export function createTenantTokens(secret: Uint8Array, now: Clock): MintTenantToken {
  const minted = new LRUCache<string, { token: Promise<string>; from: number; until: number }>({ max: 2_000 });
  const algorithm = secret.length >= 64 ? 'HS512' : 'HS256';

  async function sign(tenantId: string, issuedAt: number): Promise<string> {
    const token = new SignJWT({ tenant: tenantId, roles: 'genai_tenant' })
      .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
      .setSubject('genai-platform')
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + lifetime);
    return `Bearer ${await token.sign(secret)}`;
  }

  return (tenantId) => {
    const time = Math.floor(now() / 1000);
    const known = minted.get(tenantId);
    // A clock that was set back would keep a token for longer than it lives.
    if (known && time >= known.from && time < known.until) return known.token;
    const token = sign(tenantId, time);
    minted.set(tenantId, { token, from: time, until: time + lifetime - margin });
    return token;
  };
}
