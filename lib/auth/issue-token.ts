import * as jose from 'jose';
import type { Clock } from '#lib/core/clock.ts';
import type { PrivateJwk } from './signing-keys.ts';
import type { TenantClaims, TokenClaims } from './token-claims.ts';

interface IssuerOptions {
  secrets: ReadonlyMap<string, Uint8Array>;
  /** Signs instead of the first secret where it is set. */
  privateKey: PrivateJwk | undefined;
  issuer: string | undefined;
  audience: string | undefined;
  now: Clock;
  randomId: () => string;
}

export type NewTokenClaims =
  | Omit<TenantClaims, 'iat' | 'exp'>
  | Omit<Extract<TokenClaims, { role: 'platform_admin' }>, 'iat' | 'exp'>;

/** Signs a token that lives `seconds`. Throws where no signing key is configured. */
export type IssueToken = (claims: NewTokenClaims, seconds: number) => Promise<string>;

export function createTokenIssuer({ secrets, privateKey, issuer, audience, now, randomId }: IssuerOptions): IssueToken {
  return async (claims, seconds) => {
    const [first] = secrets;
    const issuedAt = Math.floor(now() / 1000);
    const token = new jose.SignJWT({ ...claims })
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + seconds)
      .setJti(randomId());
    if (issuer !== undefined) token.setIssuer(issuer);
    if (audience !== undefined) token.setAudience(audience);
    if (privateKey) {
      const key = await jose.importJWK(privateKey as jose.JWK, privateKey.alg);
      return token.setProtectedHeader({ alg: privateKey.alg, kid: privateKey.kid, typ: 'JWT' }).sign(key);
    }
    if (!first) throw new Error('No key is configured that could sign a token');
    const [kid, secret] = first;
    return token.setProtectedHeader({ alg: 'HS256', kid, typ: 'JWT' }).sign(secret);
  };
}
