import * as jose from 'jose';
import { LRUCache } from 'lru-cache';
import * as v from 'valibot';
import { ApiError } from '#lib/core/api-error.ts';
import type { Clock } from '#lib/core/clock.ts';
import { isStatementType } from './statement.ts';
import { TokenClaimsSchema, type ClaimNames, type TokenClaims } from './token-claims.ts';

export interface VerifierOptions {
  /** HS256 secrets by key id; a token without a key id is tried with the first. */
  secrets: ReadonlyMap<string, Uint8Array>;
  /** Finds the public key of asymmetric tokens. */
  publicKeys: jose.JWTVerifyGetKey | undefined;
  issuer: string | undefined;
  audience: string | undefined;
  claims: ClaimNames;
  now: Clock;
}

/** The claims of a valid token, `undefined` for any other. Throws `auth_unavailable`. */
export type VerifyToken = (token: string) => Promise<TokenClaims | undefined>;

/** Seconds by which an issuer's clock may be wrong. */
const clockTolerance = 30;
const maxTokenLength = 8_192;
const asymmetric = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** How long a signature that was verified needs no second look; the expiry is looked at each time. */
const rememberFor = 60_000;

export function createTokenVerifier(options: VerifierOptions): VerifyToken {
  const { secrets, publicKeys, now } = options;
  const verified = new LRUCache<string, { claims: TokenClaims; until: number }>({ max: 2_000 });
  const algorithms = [...(secrets.size > 0 ? ['HS256'] : []), ...(publicKeys ? asymmetric : [])];
  const imported = new Map<string, Promise<CryptoKey>>();

  function findSecret(id: string): Promise<CryptoKey> {
    const secret = secrets.get(id);
    if (!secret) throw new jose.errors.JWKSNoMatchingKey();
    const known = imported.get(id);
    if (known) return known;
    const key = crypto.subtle.importKey('raw', Uint8Array.from(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
      'verify',
    ]);
    imported.set(id, key);
    return key;
  }

  const findKey: jose.JWTVerifyGetKey = (header, token) => {
    if (isStatementType(header.typ)) throw new jose.errors.JWTInvalid('It is a statement of another kind');
    if (header.alg === 'HS256') return findSecret(header.kid ?? secrets.keys().next().value ?? '');
    if (!publicKeys) throw new jose.errors.JWKSNoMatchingKey();
    return publicKeys(header, token);
  };

  async function verify(token: string): Promise<TokenClaims | undefined> {
    try {
      const { payload } = await jose.jwtVerify(token, findKey, {
        algorithms,
        clockTolerance,
        currentDate: new Date(now()),
        requiredClaims: ['exp', 'sub'],
        ...(options.issuer === undefined ? {} : { issuer: options.issuer }),
        ...(options.audience === undefined ? {} : { audience: options.audience }),
      });
      return toClaims(payload, options.claims);
    } catch (error) {
      if (error instanceof ApiError) throw error;
      return undefined;
    }
  }

  return async (token) => {
    if (token.length > maxTokenLength || algorithms.length === 0) return undefined;
    const known = verified.get(token);
    const time = now();
    if (known && time < known.until) return isExpired(known.claims, time) ? undefined : known.claims;
    const claims = await verify(token);
    if (claims) verified.set(token, { claims, until: time + rememberFor });
    return claims;
  };
}

const isExpired = ({ exp }: TokenClaims, time: number): boolean => exp <= time / 1000 - clockTolerance;

function toClaims(payload: jose.JWTPayload, names: ClaimNames): TokenClaims | undefined {
  const claims = {
    ...payload,
    tenant_id: payload[names.tenant],
    role: payload[names.role],
    groups: payload[names.groups],
  };
  const result = v.safeParse(TokenClaimsSchema, claims);
  return result.success ? result.output : undefined;
}
