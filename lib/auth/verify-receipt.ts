import * as v from 'valibot';
import { receiptKind, ReceiptSchema, type Receipt } from './receipt.ts';
import { createStatementVerifier, type StatementVerifierOptions } from './verify-statement.ts';

export type ReceiptCheck = { isValid: true; receipt: Receipt } | { isValid: false; reason: string };

export type VerifyReceipt = (receipt: unknown) => Promise<ReceiptCheck>;

const invalid = (reason: string): ReceiptCheck => ({ isValid: false, reason });

export function createReceiptVerifier(options: StatementVerifierOptions): VerifyReceipt {
  const verify = createStatementVerifier(receiptKind, options);
  return async (input) => {
    const parsed = v.safeParse(ReceiptSchema, input);
    if (!parsed.success) {
      return invalid(`it has not the form of a receipt at ${v.getDotPath(parsed.issues[0]) ?? 'its top'}`);
    }
    const { signature, ...receipt } = parsed.output;
    const fault = await verify(receipt, signature);
    return fault ? invalid(fault.reason) : { isValid: true, receipt: parsed.output };
  };
}
