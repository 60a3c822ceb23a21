import type { StateStore } from '#lib/state/store.ts';
import { tenantCollection, type TenantRef } from '#lib/tenancy/state-key.ts';

/** The names of the collections, among a scope's, whose records are copies that may vanish at any time. */
export const cacheCollections = { answers: 'answer', similar: 'answer_similar', locks: 'answer_lock' } as const;

/** Entries may be large: few at a time. */
const portion = 20;

async function countIn(store: Pick<StateStore, 'list'>, tenant: TenantRef, kind: string, signal: AbortSignal) {
  const collection = tenantCollection(tenant, 'data', kind);
  let count = 0;
  for (let after: string | undefined; ;) {
    const page = await store.list(collection, { limit: portion, ...(after === undefined ? {} : { after }) }, signal);
    count += page.length;
    after = page.at(-1)?.id;
    if (page.length < portion) return count;
  }
}

/** How many records the tenant's caches hold. */
export async function countCacheEntries(
  store: Pick<StateStore, 'list'>,
  tenant: TenantRef,
  signal: AbortSignal,
): Promise<number> {
  const { answers, similar } = cacheCollections;
  return (await countIn(store, tenant, answers, signal)) + (await countIn(store, tenant, similar, signal));
}
