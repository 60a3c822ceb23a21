import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import * as v from 'valibot';
import type { TenantRef } from '#lib/tenancy/state-key.ts';

const base64url = v.pipe(v.string(), v.regex(/^[\w-]+$/));

export const SealedSchema = v.strictObject({
  /** Of the secret that it was sealed with. */
  secret_id: v.string(),
  iv: base64url,
  ciphertext: base64url,
  tag: base64url,
});

export type Sealed = v.InferOutput<typeof SealedSchema>;

/** Keeps API keys of providers secret from whoever reads the store. */
export interface ProviderKeyCipher {
  seal(tenant: TenantRef, provider: string, apiKey: string): Sealed;
  /** Throws where it was sealed for another tenant, incarnation or provider, with another secret, or was changed. */
  open(tenant: TenantRef, provider: string, sealed: Sealed): string;
}

interface CipherDeps {
  /** By id. The first seals, all open. */
  secrets: ReadonlyMap<string, Uint8Array>;
  randomBytes: (size: number) => Uint8Array;
}

const algorithm = 'aes-256-gcm';
const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const fromText = (text: string): Buffer => Buffer.from(text, 'base64url');

/** A key of the incarnation's own: what is sealed for another one is sealed with another key. */
const deriveKey = (secret: Uint8Array, { tenantId, incarnation }: TenantRef): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, JSON.stringify([tenantId, incarnation]), 'genai provider key', keyBytes));

const toContext = ({ tenantId, incarnation }: TenantRef, provider: string): Buffer =>
  Buffer.from(JSON.stringify([tenantId, incarnation, provider]));

export function createProviderKeyCipher({ secrets, randomBytes }: CipherDeps): ProviderKeyCipher {
  return {
    seal(tenant, provider, apiKey) {
      const [first] = secrets;
      if (!first) throw new Error('There is no secret to seal with');
      const [secretId, secret] = first;
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv(algorithm, deriveKey(secret, tenant), iv, { authTagLength: tagBytes });
      cipher.setAAD(toContext(tenant, provider));
      const ciphertext = Buffer.concat([cipher.update(apiKey, 'utf8'), cipher.final()]);
      const tag = cipher.getAuthTag();
      return { secret_id: secretId, iv: toText(iv), ciphertext: toText(ciphertext), tag: toText(tag) };
    },
    open(tenant, provider, { secret_id: secretId, iv, ciphertext, tag }) {
      const secret = secrets.get(secretId);
      if (!secret) throw new Error(`There is no secret ${secretId} to open it with`);
      const decipher = createDecipheriv(algorithm, deriveKey(secret, tenant), fromText(iv), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(toContext(tenant, provider));
      decipher.setAuthTag(fromText(tag));
      return Buffer.concat([decipher.update(fromText(ciphertext)), decipher.final()]).toString('utf8');
    },
  };
}
