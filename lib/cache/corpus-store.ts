import type { TenantRef } from '#lib/tenancy/state-key.ts';

export interface CorpusState {
  /** Grows with the beginning and with the end of every write to the tenant's documents. */
  version: number;
  /** No write was under way: what is read now is what every reader of this version reads. */
  isQuiet: boolean;
}

/**
 * Tells which state of a tenant's documents an answer was made from. A write begins before the first document
 * changes and ends before its call returns. One that never ends, because its process is gone, ends by itself
 * after its time, which is a change of the version as well. Each call is one atomic step. Throws `state_unavailable`
 * or the signal's reason.
 */
export interface CorpusStore {
  read(tenant: TenantRef, signal: AbortSignal): Promise<CorpusState>;
  beginWrite(tenant: TenantRef, writeId: string, ttlMilliseconds: number, signal: AbortSignal): Promise<void>;
  endWrite(tenant: TenantRef, writeId: string, signal: AbortSignal): Promise<void>;
}
