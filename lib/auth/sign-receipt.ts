import { receiptKind, type Receipt, type UnsignedReceipt } from './receipt.ts';
import { createStatementSigner, type StatementSignerOptions } from './sign-statement.ts';

export type SignReceipt = (receipt: UnsignedReceipt) => Promise<Receipt>;

/** `undefined` where no key is configured that could sign. */
export function createReceiptSigner(options: StatementSignerOptions): SignReceipt | undefined {
  const sign = createStatementSigner(receiptKind, options);
  return sign && (async (receipt) => ({ ...receipt, signature: await sign(receipt) }));
}
