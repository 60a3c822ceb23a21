import * as jose from 'jose';
import type { PrivateJwk } from './signing-keys.ts';
import { deriveStatementKey, toSignedBytes, type StatementKind } from './statement.ts';

export interface StatementSignerOptions {
  secrets: ReadonlyMap<string, Uint8Array>;
  /** Signs instead of a key made from the first secret where it is set. */
  privateKey: PrivateJwk | undefined;
}

/** Gives a JWS without its payload (RFC 7515, appendix F), which is the statement. */
export type SignStatement = (statement: object) => Promise<string>;

/** `undefined` where no key is configured that could sign. */
export function createStatementSigner(
  kind: StatementKind,
  { secrets, privateKey }: StatementSignerOptions,
): SignStatement | undefined {
  const [first] = secrets;
  if (!privateKey && !first) return undefined;

  async function findKey() {
    if (privateKey) {
      const { alg, kid } = privateKey;
      return { alg, kid, key: await jose.importJWK(privateKey as jose.JWK, alg) };
    }
    const [kid, secret] = first ?? [];
    return { alg: 'HS256', kid, key: deriveStatementKey(kind, secret ?? new Uint8Array()) };
  }

  return async (statement) => {
    const { alg, kid, key } = await findKey();
    const signed = await new jose.CompactSign(toSignedBytes(statement))
      .setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }), typ: kind.type })
      .sign(key);
    const [header = '', , signature = ''] = signed.split('.');
    return `${header}..${signature}`;
  };
}
