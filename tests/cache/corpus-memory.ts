import type { CorpusStore } from '#lib/cache/corpus-store.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';

/** The states of corpora in this process; ended by their time, writes change the version as ended ones do. */
export function createMemoryCorpusStore(now: () => number = Date.now): CorpusStore {
  const corpora = new Map<string, { version: number; writes: Map<string, number> }>();

  function find({ tenantId, incarnation }: TenantRef) {
    const key = `${tenantId}.${incarnation}`;
    const corpus = corpora.get(key) ?? { version: 0, writes: new Map() };
    corpora.set(key, corpus);
    for (const [id, until] of corpus.writes) {
      if (until > now()) continue;
      corpus.writes.delete(id);
      corpus.version += 1;
    }
    return corpus;
  }

  return {
    async read(tenant, signal) {
      signal.throwIfAborted();
      const { version, writes } = find(tenant);
      return { version, isQuiet: writes.size === 0 };
    },
    async beginWrite(tenant, writeId, ttlMilliseconds, signal) {
      signal.throwIfAborted();
      const corpus = find(tenant);
      corpus.version += 1;
      corpus.writes.set(writeId, now() + ttlMilliseconds);
    },
    async endWrite(tenant, writeId, signal) {
      signal.throwIfAborted();
      const corpus = find(tenant);
      corpus.version += 1;
      corpus.writes.delete(writeId);
    },
  };
}
