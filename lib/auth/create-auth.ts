import { randomUUID } from 'node:crypto';
import * as jose from 'jose';
import {
  createCheckpointSigner,
  createCheckpointVerifier,
  type SignCheckpoint,
  type VerifyCheckpoint,
} from '#lib/audit/checkpoint.ts';
import {
  createExportSigner,
  createExportVerifier,
  type SignExportEnd,
  type VerifyExportEnd,
} from '#lib/audit/export-end.ts';
import { ConfigurationError, type Environment } from '#lib/config/env.ts';
import type { authEnv } from '#lib/config/variables.ts';
import type { Clock } from '#lib/core/clock.ts';
import { createTokenIssuer, type IssueToken } from './issue-token.ts';
import { createRemoteJwks } from './remote-jwks.ts';
import { createReceiptSigner, type SignReceipt } from './sign-receipt.ts';
import { toPublicJwk } from './signing-keys.ts';
import { createReceiptVerifier, type VerifyReceipt } from './verify-receipt.ts';
import { createTokenVerifier, type VerifyToken } from './verify-token.ts';

export interface Auth {
  verifyToken: VerifyToken;
  issueToken: IssueToken;
  /** `undefined` where tokens are an outside issuer's only. */
  signReceipt: SignReceipt | undefined;
  verifyReceipt: VerifyReceipt;
  /** `undefined` as above. */
  signCheckpoint: SignCheckpoint | undefined;
  verifyCheckpoint: VerifyCheckpoint;
  signExportEnd: SignExportEnd;
  verifyExportEnd: VerifyExportEnd;
  /** What `/.well-known/jwks.json` serves. */
  publicKeys: { keys: jose.JWK[] };
}

/** Asks our own key first, then the issuer's. */
function findPublicKey(
  own: jose.JWK | undefined,
  jwksUrl: string | undefined,
  now: Clock,
): jose.JWTVerifyGetKey | undefined {
  const remote = jwksUrl === undefined ? undefined : createRemoteJwks({ url: jwksUrl, now });
  if (!own) return remote;
  const local = jose.createLocalJWKSet({ keys: [own] });
  return (header, token) => (header.kid === own.kid || !remote ? local(header, token) : remote(header, token));
}

/** Throws `ConfigurationError` where no credential could ever be verified. */
export function createAuth(env: Environment<typeof authEnv>, now: Clock): Auth {
  const {
    JWT_SECRET: secrets = new Map<string, Uint8Array>(),
    JWT_PRIVATE_KEY: privateKey,
    JWT_ISSUER: issuer,
    JWT_AUDIENCE: audience,
  } = env;
  if (secrets.size === 0 && !privateKey && env.JWKS_URL === undefined) {
    throw new ConfigurationError(['one of JWT_SECRET, JWT_PRIVATE_KEY and JWKS_URL must be set']);
  }
  const own = privateKey && toPublicJwk(privateKey);
  const claims = { tenant: env.JWT_TENANT_CLAIM, role: env.JWT_ROLE_CLAIM, groups: env.JWT_GROUPS_CLAIM };
  const publicKeys = findPublicKey(own, env.JWKS_URL, now);
  const statementKeys = { secrets, publicKeys: own && jose.createLocalJWKSet({ keys: [own] }) };
  return {
    verifyToken: createTokenVerifier({ secrets, publicKeys, issuer, audience, claims, now }),
    issueToken: createTokenIssuer({ secrets, privateKey, issuer, audience, now, randomId: randomUUID }),
    signReceipt: createReceiptSigner({ secrets, privateKey }),
    verifyReceipt: createReceiptVerifier(statementKeys),
    signCheckpoint: createCheckpointSigner({ secrets, privateKey }, now),
    verifyCheckpoint: createCheckpointVerifier(statementKeys),
    signExportEnd: createExportSigner({ secrets, privateKey }),
    verifyExportEnd: createExportVerifier(statementKeys),
    publicKeys: { keys: own ? [own] : [] },
  };
}
