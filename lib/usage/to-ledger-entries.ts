import { toIsoTime } from '#lib/core/clock.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { LedgerEntry } from './ledger-entry.ts';
import type { MeteredCall } from './usage-meter.ts';

interface PaidRequest {
  /** Of what is paid for: attempts at the same thing have the same one. */
  callId: string;
  functionName: string;
  /** Milliseconds since the epoch. */
  now: number;
}

/** The calls that a request has made, as entries of the ledger: `<callId>.0`, `<callId>.1`, … */
export function toLedgerEntries(
  { userId, keyId, origin }: Pick<TenantScope, 'userId' | 'keyId' | 'origin'>,
  { callId, functionName, now }: PaidRequest,
  calls: readonly MeteredCall[],
): LedgerEntry[] {
  const at = toIsoTime(now);
  return calls.map((call, index) => ({
    ...call,
    id: `${callId}.${index}`,
    at,
    user_id: userId,
    ...(keyId === undefined ? {} : { key_id: keyId }),
    function: functionName,
    request_id: origin.requestId,
  }));
}
