import { ownerPrefix } from '#lib/tenancy/state-key.ts';

/** The sets that belong to a collection. A key's parts are escaped, so that none of them holds a `#`. */
export interface IndexKeys {
  /** Ids of the collection's records, all with score 0: their order is that of their bytes. */
  ids: string;
  /** Ids of those that expire, by the milliseconds of the server's clock. */
  expiry: string;
  /** Prefixes of all collections of the owner that have a record. */
  collections: string;
}

export const collectionsKey = (owner: string): string => `${owner}#collections`;

export const indexKeys = (prefix: string): IndexKeys => ({
  ids: `${prefix}#ids`,
  expiry: `${prefix}#expiry`,
  collections: collectionsKey(ownerPrefix(prefix)),
});

/** Which state a tenant's documents are in. */
export interface CorpusKeys {
  version: string;
  /** Ids of the writes under way, by when each ends at the latest. */
  writes: string;
}

export const corpusKeys = (owner: string): CorpusKeys => ({
  version: `${owner}#corpus-version`,
  writes: `${owner}#corpus-writes`,
});
