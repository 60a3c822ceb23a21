import * as jose from 'jose';
import { expect, test } from 'vitest';
import { receiptKind, type Receipt, type UnsignedReceipt } from '#lib/auth/receipt.ts';
import { createReceiptSigner } from '#lib/auth/sign-receipt.ts';
import { PrivateJwkTextSchema, toPublicJwk } from '#lib/auth/signing-keys.ts';
import { deriveStatementKey } from '#lib/auth/statement.ts';
import { createReceiptVerifier } from '#lib/auth/verify-receipt.ts';
import { sha256Hex } from '#lib/core/digest.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { createTestPlatform } from '#tests/support/platform.ts';
import * as v from 'valibot';
import { forgeToken } from './credentials.ts';

const unsigned: UnsignedReceipt = {
  tenant_id: parseTenantId('acme') ?? expect.fail('acme is a tenant id'),
  incarnation_erased: sha256Hex('acme.first'),
  erased: { documents: 12, chunks: 34, api_keys: 2, state_records: 3, cache_entries: 0 },
  verified_at: '2026-05-01T12:00:00.000Z',
};
const secret = new TextEncoder().encode('a-secret-of-the-tests-that-is-long-enough');
const secrets = new Map([['default', secret]]);
const withSecret = { secrets, privateKey: undefined };

async function createPrivateKey(alg: string, kid = 'k1') {
  const { privateKey } = await jose.generateKeyPair(alg, { extractable: true });
  return v.parse(PrivateJwkTextSchema, JSON.stringify({ ...(await jose.exportJWK(privateKey)), kid, alg }));
}

async function sign(options: Parameters<typeof createReceiptSigner>[0]): Promise<Receipt> {
  const signReceipt = createReceiptSigner(options) ?? expect.fail('There is a key');
  return signReceipt(unsigned);
}

const verifyWithSecret = createReceiptVerifier({ secrets, publicKeys: undefined });

test('a receipt that was signed with a secret verifies with it, and with no other', async () => {
  const receipt = await sign(withSecret);
  expect(receipt).toMatchObject(unsigned);
  expect(await verifyWithSecret(receipt)).toEqual({ isValid: true, receipt });
  const other = new Map([['default', new Uint8Array(32)]]);
  expect(await createReceiptVerifier({ secrets: other, publicKeys: undefined })(receipt)).toMatchObject({
    isValid: false,
  });
  const renamed = new Map([['other', secret]]);
  expect(await createReceiptVerifier({ secrets: renamed, publicKeys: undefined })(receipt)).toMatchObject({
    isValid: false,
    reason: expect.stringContaining('no known key'),
  });
});

test('after a rotation the earlier secret still verifies what it signed', async () => {
  const receipt = await sign(withSecret);
  const rotated = new Map([['new', new Uint8Array(32).fill(1)], ...secrets]);
  expect(await createReceiptVerifier({ secrets: rotated, publicKeys: undefined })(receipt)).toMatchObject({
    isValid: true,
  });
});

test.each(['EdDSA', 'ES256', 'ES384', 'RS256', 'PS256'])(
  'a receipt that was signed with a private key (%s) verifies with the public key set alone',
  async (alg) => {
    const privateKey = await createPrivateKey(alg);
    const receipt = await sign({ secrets, privateKey });
    const publicKeys = jose.createLocalJWKSet({ keys: [toPublicJwk(privateKey)] });
    const verify = createReceiptVerifier({ secrets: new Map(), publicKeys });
    expect(await verify(receipt)).toEqual({ isValid: true, receipt });
    const stranger = jose.createLocalJWKSet({ keys: [toPublicJwk(await createPrivateKey(alg))] });
    expect(await createReceiptVerifier({ secrets, publicKeys: stranger })(receipt)).toMatchObject({ isValid: false });
  },
);

test('every changed character makes the receipt invalid', async () => {
  const text = JSON.stringify(await sign(withSecret));
  const valid: string[] = [];
  for (let index = 0; index < text.length; index += 1) {
    for (const bit of [1, 2, 4, 8, 16]) {
      const changed = String.fromCharCode(text.charCodeAt(index) ^ bit);
      const candidate = `${text.slice(0, index)}${changed}${text.slice(index + 1)}`;
      const parsed = parse(candidate);
      if (parsed !== undefined && (await verifyWithSecret(parsed)).isValid) valid.push(candidate);
    }
  }
  expect(valid).toEqual([]);
});

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

test('the order of the fields does not matter; one more or one less does', async () => {
  const receipt = await sign(withSecret);
  const reversed = Object.fromEntries(Object.entries(receipt).toReversed());
  expect(await verifyWithSecret(reversed)).toMatchObject({ isValid: true });
  expect(await verifyWithSecret({ ...receipt, note: 'x' })).toMatchObject({ isValid: false });
  const { verified_at: _, ...less } = receipt;
  expect(await verifyWithSecret(less)).toMatchObject({
    isValid: false,
    reason: expect.stringContaining('verified_at'),
  });
  expect(await verifyWithSecret(undefined)).toMatchObject({ isValid: false });
});

test('a signature of another type, of another algorithm or with the secret itself is none of a receipt', async () => {
  const payload = new TextEncoder().encode(canonical());
  const detach = (signed: string) => signed.replace(/\.[^.]*\./, '..');
  const header = { alg: 'HS256', kid: 'default' };
  const derived = deriveStatementKey(receiptKind, secret);
  const forge = async (changes: object, key: Uint8Array) =>
    detach(await new jose.CompactSign(payload).setProtectedHeader({ ...header, ...changes }).sign(key));
  const attempts = {
    token: await forge({ typ: 'JWT' }, derived),
    untyped: await forge({}, derived),
    secret: await forge({ typ: 'genai-erasure-receipt' }, secret),
    longer: await forge({ typ: 'genai-erasure-receipt', alg: 'HS512' }, new Uint8Array(64)),
    unsigned: `${Buffer.from('{"alg":"none","typ":"genai-erasure-receipt"}').toString('base64url')}..AA`,
  };
  for (const [name, signature] of Object.entries(attempts)) {
    expect(await verifyWithSecret({ ...unsigned, signature }), name).toMatchObject({ isValid: false });
  }
  const good = await forge({ typ: 'genai-erasure-receipt' }, derived);
  expect(await verifyWithSecret({ ...unsigned, signature: good })).toMatchObject({ isValid: true });
});

/** The signed form, written out. */
const canonical = (): string =>
  '{"erased":{"api_keys":2,"cache_entries":0,"chunks":34,"documents":12,"state_records":3},' +
  `"incarnation_erased":"${unsigned.incarnation_erased}","tenant_id":"acme","verified_at":"2026-05-01T12:00:00.000Z"}`;

test('what has the type of a receipt opens nothing, even with all the claims of a token', async () => {
  const { call } = await createTestPlatform();
  const json = { query: 'x' };
  expect((await call('POST /v1/search', { token: forgeToken(), json })).status).toBe(200);
  const token = forgeToken({ typ: 'genai-erasure-receipt' });
  expect((await call('POST /v1/search', { token, json })).status).toBe(401);
});

test('without a key nothing is signed', () => {
  expect(createReceiptSigner({ secrets: new Map(), privateKey: undefined })).toBeUndefined();
});
