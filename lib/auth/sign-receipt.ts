import * as jose from 'jose';
import { deriveReceiptKey, receiptType, toSignedBytes, type Receipt, type UnsignedReceipt } from './receipt.ts';
import type { PrivateJwk } from './signing-keys.ts';

interface ReceiptSignerOptions {
  secrets: ReadonlyMap<string, Uint8Array>;
  /** Signs instead of a key made from the first secret where it is set. */
  privateKey: PrivateJwk | undefined;
}

export type SignReceipt = (receipt: UnsignedReceipt) => Promise<Receipt>;

/** `undefined` where no key is configured that could sign. */
export function createReceiptSigner({ secrets, privateKey }: ReceiptSignerOptions): SignReceipt | undefined {
  const [first] = secrets;
  if (!privateKey && !first) return undefined;

  async function findKey() {
    if (privateKey) {
      const { alg, kid } = privateKey;
      return { alg, kid, key: await jose.importJWK(privateKey as jose.JWK, alg) };
    }
    const [kid, secret] = first ?? [];
    return { alg: 'HS256', kid, key: deriveReceiptKey(secret ?? new Uint8Array()) };
  }

  return async (receipt) => {
    const { alg, kid, key } = await findKey();
    const signed = await new jose.CompactSign(toSignedBytes(receipt))
      .setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }), typ: receiptType })
      .sign(key);
    const [header = '', , signature = ''] = signed.split('.');
    return { ...receipt, signature: `${header}..${signature}` };
  };
}
