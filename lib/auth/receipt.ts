import * as v from 'valibot';
import { TenantIdSchema } from '#lib/tenancy/tenant-id.ts';
import { SignatureSchema, type StatementKind } from './statement.ts';

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
  signature: SignatureSchema,
});

export type UnsignedReceipt = v.InferOutput<typeof UnsignedReceiptSchema>;
export type Receipt = v.InferOutput<typeof ReceiptSchema>;

export const receiptKind: StatementKind = {
  type: 'genai-erasure-receipt',
  keyInfo: 'genai erasure receipt',
  article: 'a receipt',
};
