import { hkdfSync } from 'node:crypto';
import * as v from 'valibot';
import { canonicalJson } from '#lib/core/digest.ts';

/** What the platform signs beside tokens. */
export interface StatementKind {
  /** `typ` of the signature's header: what has another is no statement of this kind. */
  type: `genai-${string}`;
  /** What its key is derived for: a token's secret signs tokens alone. */
  keyInfo: string;
  /** Completes "its signature is of something else than …". */
  article: string;
}

/** What has the type of a statement is no access token. */
export const isStatementType = (type: unknown): boolean => typeof type === 'string' && type.startsWith('genai-');

/** A JWS without its payload (RFC 7515, appendix F), which is the statement. */
export const SignatureSchema = v.pipe(v.string(), v.regex(/^[\w-]+\.\.[\w-]+$/), v.maxLength(2_000));

/** What is signed: the statement in the one form that JSON of its values can have. */
export const toSignedBytes = (statement: object): Uint8Array => new TextEncoder().encode(canonicalJson(statement));

export const deriveStatementKey = ({ keyInfo }: StatementKind, secret: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), keyInfo, 32));
