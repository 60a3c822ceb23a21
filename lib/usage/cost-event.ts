import * as v from 'valibot';
import type { LogEvent } from '#lib/telemetry/logger.ts';
import { LedgerEntrySchema, type LedgerEntry } from './ledger-entry.ts';
import { toDollars, toNanodollars } from './money.ts';

/** What a line of the log says that an entry of the ledger says too. */
const CostEventSchema = v.object({
  ...v.omit(LedgerEntrySchema, ['id', 'nanodollars']).entries,
  event: v.literal('cost_event'),
  call_id: v.string(),
  tenant_id: v.string(),
  /** Dollars. */
  amount: v.pipe(v.number(), v.minValue(0)),
});

export interface LoggedEntry {
  tenantId: string;
  entry: LedgerEntry;
}

/** The entry as the log has it, beside the ledger and for those who watch costs as they come. */
export const toCostEvent = ({ id, nanodollars, ...entry }: LedgerEntry, tenantId: string): LogEvent => ({
  event: 'cost_event',
  amount: toDollars(nanodollars),
  tenant_id: tenantId,
  call_id: id,
  ...entry,
});

/** The entry that a line of the log tells of; `undefined` for any other line. */
export function fromCostEvent(line: unknown): LoggedEntry | undefined {
  const result = v.safeParse(CostEventSchema, line);
  if (!result.success) return undefined;
  const { event: _event, call_id: id, tenant_id: tenantId, amount, ...entry } = result.output;
  return { tenantId, entry: { ...entry, id, nanodollars: toNanodollars(amount) } };
}
