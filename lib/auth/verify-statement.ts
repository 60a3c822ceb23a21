import * as jose from 'jose';
import { deriveStatementKey, toSignedBytes, type StatementKind } from './statement.ts';

export interface StatementVerifierOptions {
  secrets: ReadonlyMap<string, Uint8Array>;
  /** The platform's own key set; an outside issuer signs no statements. */
  publicKeys: jose.CompactVerifyGetKey | undefined;
}

export interface StatementFault {
  reason: string;
  /** It may be of a key that is no longer held: nothing is known of it. */
  isKeyUnknown: boolean;
}

/** What is wrong with the signature of this statement; `undefined` where nothing is. */
export type VerifyStatement = (statement: object, signature: string) => Promise<StatementFault | undefined>;

const wrong = (reason: string): StatementFault => ({ reason, isKeyUnknown: false });

const asymmetric = ['EdDSA', 'ES256', 'ES384', 'RS256', 'PS256'];

/** The last character of base64url has bits that a decoder passes over. */
const isCanonical = (text: string): boolean => Buffer.from(text, 'base64url').toString('base64url') === text;

export function createStatementVerifier(
  kind: StatementKind,
  { secrets, publicKeys }: StatementVerifierOptions,
): VerifyStatement {
  const algorithms = [...(secrets.size > 0 ? ['HS256'] : []), ...(publicKeys ? asymmetric : [])];

  const findKey: jose.CompactVerifyGetKey = (header, token) => {
    if (header.alg !== 'HS256' && publicKeys) return publicKeys(header, token);
    const secret = header.kid === undefined ? undefined : secrets.get(header.kid);
    if (!secret) throw new jose.errors.JWKSNoMatchingKey();
    return deriveStatementKey(kind, secret);
  };

  return async (statement, signature) => {
    const [header = '', , mark = ''] = signature.split('.');
    if (!isCanonical(mark)) return wrong('its signature is not in base64url');
    const payload = Buffer.from(toSignedBytes(statement)).toString('base64url');
    try {
      const { protectedHeader } = await jose.compactVerify(`${header}.${payload}.${mark}`, findKey, { algorithms });
      return protectedHeader.typ === kind.type
        ? undefined
        : wrong(`its signature is of something else than ${kind.article}`);
    } catch (error) {
      if (error instanceof jose.errors.JWKSNoMatchingKey) {
        return { reason: 'no known key has the id that it names', isKeyUnknown: true };
      }
      if (error instanceof jose.errors.JOSEAlgNotAllowed) {
        return { reason: 'no known key is of the kind that it names', isKeyUnknown: true };
      }
      if (error instanceof jose.errors.JOSEError) return wrong('its signature does not fit it');
      throw error;
    }
  };
}
