import { ApiError } from '#lib/core/api-error.ts';
import type { SearchEngine } from '#lib/retrieval/engine.ts';
import type { StateStore } from '#lib/state/store.ts';
import type { TenantRef } from './state-key.ts';

export interface DestroyDataDeps {
  engine: Pick<SearchEngine, 'count' | 'drop'>;
  store: Pick<StateStore, 'clearTenant'>;
}

const maxPasses = 3;

/**
 * Destroys all that the tenant's incarnation has stored and looks whether it is gone: a request that was let in
 * before the tenant was locked out may still have added something. Gives how many records of the state store
 * there were. Throws `internal` where something comes back again and again.
 */
export const createDestroyData =
  ({ engine, store }: DestroyDataDeps) =>
  async (tenant: TenantRef, signal: AbortSignal): Promise<number> => {
    let records = 0;
    for (let pass = 1; pass <= maxPasses; pass += 1) {
      await engine.drop(tenant, signal);
      records += await store.clearTenant(tenant, signal);
      const { documents, chunks } = await engine.count(tenant, signal);
      const late = await store.clearTenant(tenant, signal);
      records += late;
      if (documents + chunks + late === 0) return records;
    }
    throw new ApiError('internal', undefined, { cause: new Error('What was destroyed came back') });
  };
