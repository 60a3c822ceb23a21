import * as jose from 'jose';
import * as v from 'valibot';
import { deriveReceiptKey, receiptType, ReceiptSchema, toSignedBytes, type Receipt } from './receipt.ts';

interface ReceiptVerifierOptions {
  secrets: ReadonlyMap<string, Uint8Array>;
  /** The platform's own key set; an outside issuer signs no receipts. */
  publicKeys: jose.CompactVerifyGetKey | undefined;
}

export type ReceiptCheck = { isValid: true; receipt: Receipt } | { isValid: false; reason: string };

export type VerifyReceipt = (receipt: unknown) => Promise<ReceiptCheck>;

const asymmetric = ['EdDSA', 'ES256', 'ES384', 'RS256', 'PS256'];
const invalid = (reason: string): ReceiptCheck => ({ isValid: false, reason });

/** The last character of base64url has bits that a decoder passes over. */
const isCanonical = (text: string): boolean => Buffer.from(text, 'base64url').toString('base64url') === text;

export function createReceiptVerifier({ secrets, publicKeys }: ReceiptVerifierOptions): VerifyReceipt {
  const algorithms = [...(secrets.size > 0 ? ['HS256'] : []), ...(publicKeys ? asymmetric : [])];

  const findKey: jose.CompactVerifyGetKey = (header, token) => {
    if (header.alg !== 'HS256' && publicKeys) return publicKeys(header, token);
    const secret = header.kid === undefined ? undefined : secrets.get(header.kid);
    if (!secret) throw new jose.errors.JWKSNoMatchingKey();
    return deriveReceiptKey(secret);
  };

  return async (input) => {
    const parsed = v.safeParse(ReceiptSchema, input);
    if (!parsed.success) {
      return invalid(`it has not the form of a receipt at ${v.getDotPath(parsed.issues[0]) ?? 'its top'}`);
    }
    const { signature, ...receipt } = parsed.output;
    const [header = '', , mark = ''] = signature.split('.');
    if (!isCanonical(mark)) return invalid('its signature is not in base64url');
    const payload = Buffer.from(toSignedBytes(receipt)).toString('base64url');
    try {
      const { protectedHeader } = await jose.compactVerify(`${header}.${payload}.${mark}`, findKey, { algorithms });
      if (protectedHeader.typ !== receiptType) return invalid('its signature is of something else than a receipt');
      return { isValid: true, receipt: parsed.output };
    } catch (error) {
      if (error instanceof jose.errors.JWKSNoMatchingKey) return invalid('no known key has the id that it names');
      if (error instanceof jose.errors.JOSEError) return invalid('its signature does not fit it');
      throw error;
    }
  };
}
