import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { Owner } from './owner.ts';

const algorithm = 'aes-256-gcm';
const nonceLength = 12;
const tagLength = 16;
/** No text that is closed is as long. */
const maxOpenBytes = 8 * 1024 * 1024;

const compress = promisify<Uint8Array, Buffer>(deflateRaw);
const expand = promisify(inflateRaw);

/** Keeps what is stored of a request from whoever has the store alone: it takes the idempotency key to read it. */
export interface Seal {
  /** The record's name. */
  readonly id: string;
  /** Of a request's content. */
  fingerprint(content: string): string;
  /** Compressed: a stream repeats itself in each of its events. */
  close(text: string): Promise<string>;
  /** Throws where the text was not closed with this seal. */
  open(sealed: string): Promise<string>;
}

/** An answer may hold a credential that was shown this once, so that no answer is stored in plain. */
export function createSeal(key: string, { identity, secret }: Pick<Owner, 'identity' | 'secret'>): Seal {
  const derive = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', key, secret, `idempotency ${purpose} ${identity}`, 32));
  return {
    id: derive('record').toString('hex'),
    fingerprint: (content) => createHmac('sha256', derive('request')).update(content).digest('hex'),
    async close(text) {
      const plain = await compress(Buffer.from(text));
      const nonce = randomBytes(nonceLength);
      const cipher = createCipheriv(algorithm, derive('answer'), nonce);
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
    },
    async open(sealed) {
      const bytes = Buffer.from(sealed, 'base64');
      const body = bytes.subarray(nonceLength + tagLength);
      const decipher = createDecipheriv(algorithm, derive('answer'), bytes.subarray(0, nonceLength), {
        authTagLength: tagLength,
      });
      decipher.setAuthTag(bytes.subarray(nonceLength, nonceLength + tagLength));
      const plain = Buffer.concat([decipher.update(body), decipher.final()]);
      return (await expand(plain, { maxOutputLength: maxOpenBytes })).toString();
    },
  };
}
