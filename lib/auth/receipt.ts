import { hkdfSync } from 'node:crypto';
import * as v from 'valibot';
import { canonicalJson } from '#lib/core/digest.ts';
import { TenantIdSchema } from '#lib/tenancy/tenant-id.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const unsigned = {
  tenant_id: TenantIdSchema,
  /** Digest of the tenant's id and the incarnation that was erased. */
  incarnation_erased: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  erased: v.strictObject({
    documents: count,
    chunks: count,
    api_keys: count,
    /** Records of the state store, API keys among them. */
    state_records: count,
    cache_entries: count,
  }),
  /** When nothing was found any more. */
  verified_at: v.pipe(v.string(), v.isoTimestamp()),
};

const UnsignedReceiptSchema = v.strictObject(unsigned);

/** What proves an erasure: `signature` is a JWS without its payload (RFC 7515, appendix F), which is the rest. */
export const ReceiptSchema = v.strictObject({
  ...unsigned,
  signature: v.pipe(v.string(), v.regex(/^[\w-]+\.\.[\w-]+$/), v.maxLength(2_000)),
});

export type UnsignedReceipt = v.InferOutput<typeof UnsignedReceiptSchema>;
export type Receipt = v.InferOutput<typeof ReceiptSchema>;

/** `typ` of the signature's header: what has it is no access token, and what has another is no receipt. */
export const receiptType = 'genai-erasure-receipt';

/** What is signed: the receipt in the one form that JSON of its values can have. */
export const toSignedBytes = (receipt: UnsignedReceipt): Uint8Array => new TextEncoder().encode(canonicalJson(receipt));

/** A key of its own for receipts: a token's secret signs tokens alone. */
export const deriveReceiptKey = (secret: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), 'genai erasure receipt', 32));
