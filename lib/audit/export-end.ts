import * as v from 'valibot';
import { createStatementSigner, type StatementSignerOptions } from '#lib/auth/sign-statement.ts';
import { SignatureSchema, type StatementKind } from '#lib/auth/statement.ts';
import {
  createStatementVerifier,
  type StatementFault,
  type StatementVerifierOptions,
} from '#lib/auth/verify-statement.ts';
import { AuditEventSchema } from './audit-event.ts';
import { ChainNameSchema } from './checkpoint.ts';

const sequence = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const unsigned = {
  chain: ChainNameSchema,
  /** Of an export that was asked for from some time on: its first event, 0 where it has none. */
  first: v.optional(sequence),
  /** Its last event, 0 where it has none. */
  sequence,
  ...v.pick(AuditEventSchema, ['hash', 'timestamp']).entries,
};

/** The last line of an export. No checkpoint: an export that was cut off behind one would look complete. */
export const ExportEndSchema = v.strictObject({
  ...unsigned,
  /** Missing where the platform holds no key that signs. */
  signature: v.optional(SignatureSchema),
});

const UnsignedEndSchema = v.strictObject(unsigned);

export type UnsignedExportEnd = v.InferOutput<typeof UnsignedEndSchema>;
export type ExportEnd = v.InferOutput<typeof ExportEndSchema>;

export type SignExportEnd = (end: UnsignedExportEnd) => Promise<ExportEnd>;
export type VerifyExportEnd = (end: ExportEnd) => Promise<StatementFault | undefined>;

const exportKind: StatementKind = {
  type: 'genai-audit-export',
  keyInfo: 'genai audit export',
  article: 'an export',
};

export function createExportSigner(options: StatementSignerOptions): SignExportEnd {
  const sign = createStatementSigner(exportKind, options);
  return async (end) => (sign ? { ...end, signature: await sign(end) } : end);
}

export function createExportVerifier(options: StatementVerifierOptions): VerifyExportEnd {
  const verify = createStatementVerifier(exportKind, options);
  return async ({ signature, ...end }) =>
    signature === undefined ? { reason: 'it is not signed', isKeyUnknown: false } : verify(end, signature);
}
