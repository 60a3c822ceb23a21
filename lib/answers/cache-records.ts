import type { CorpusState, CorpusStore } from '#lib/cache/corpus-store.ts';
import { cacheCollections } from '#lib/cache/cache-entries.ts';
import { unlessAway } from '#lib/cache/unless-away.ts';
import type { StateStore } from '#lib/state/store.ts';
import type { StateKey } from '#lib/tenancy/state-key.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { fromRecord, toRecord, type KeptAnswer } from './cache-record.ts';

export interface Found {
  /** The documents as they are now. */
  corpus: CorpusState;
  /** What was answered from these documents, if that is known. */
  kept: KeptAnswer | undefined;
}

/** Answers by their digest. Nothing of it fails where the store does not answer. */
export interface CacheRecords {
  /** In one round trip; `undefined` where the store does not answer. Throws the signal's reason. */
  find(scope: TenantScope, digest: string, signal: AbortSignal): Promise<Found | undefined>;
  /** The documents as they are now; `undefined` where the store does not answer. Throws the signal's reason. */
  readCorpus(scope: TenantScope, signal: AbortSignal): Promise<CorpusState | undefined>;
  /** Keeps what was made since the documents were at `version`, unless they changed, or were changing. */
  keep(
    scope: TenantScope,
    made: { digest: string; version: number; answer: KeptAnswer },
    signal: AbortSignal,
  ): Promise<boolean>;
}

interface CacheRecordsDeps {
  store: StateStore;
  corpus: CorpusStore;
  ttlSeconds: number;
}

const keyOf = (scope: TenantScope, digest: string): StateKey => scope.collection(cacheCollections.answers).key(digest);

export function createCacheRecords({ store, corpus, ttlSeconds }: CacheRecordsDeps): CacheRecords {
  const readCorpus = (scope: TenantScope, signal: AbortSignal) => unlessAway(corpus.read(scope, signal));

  return {
    readCorpus,
    async find(scope, digest, signal) {
      const [state, record] = await Promise.all([
        readCorpus(scope, signal),
        unlessAway(store.get(keyOf(scope, digest), signal)),
      ]);
      return state && { corpus: state, kept: record && fromRecord(record.value, state.version) };
    },
    async keep(scope, { digest, version, answer }, signal) {
      const record = toRecord(answer, version);
      if (record === undefined) return false;
      const now = await readCorpus(scope, signal);
      if (!now?.isQuiet || now.version !== version) return false;
      return (await unlessAway(store.put(keyOf(scope, digest), record, { ttlSeconds }, signal))) ?? false;
    },
  };
}
