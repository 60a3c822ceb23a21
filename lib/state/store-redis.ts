import { ApiError } from '#lib/core/api-error.ts';
import { parseKey, tenantPrefix, type StateCollection } from '#lib/tenancy/state-key.ts';
import type { RedisCommands, RedisScript } from './redis/commands.ts';
import { collectionsKey, corpusKeys, indexKeys } from './redis/keys.ts';
import { parseCount, parseRecords, parseTexts } from './redis/replies.ts';
import {
  collectionsScript,
  forgetScript,
  idsScript,
  putScript,
  readScript,
  removeScript,
  unlinkScript,
} from './redis/scripts.ts';
import type { ListedRecord, StateStore } from './store.ts';

/** Most records that one script reads or removes. */
const portion = 100;

/** Records are hashes of value and version, with an index beside them for what lists and clears. */
export function createRedisStore(commands: RedisCommands): StateStore {
  /** Runs a script over some records of a collection. */
  async function change(script: RedisScript, prefix: string, ids: readonly string[], signal: AbortSignal) {
    const { ids: index, expiry, collections } = indexKeys(prefix);
    const records = ids.map((id) => `${prefix}${encodeURIComponent(id)}`);
    return parseCount(
      await commands.evaluate(script, [index, expiry, collections, ...records], [prefix, ...ids], signal),
    );
  }

  async function listIds(prefix: string, after: string | undefined, limit: number, signal: AbortSignal) {
    const start = after === undefined ? '-' : `(${after}`;
    return parseTexts(await commands.evaluate(idsScript, [indexKeys(prefix).ids], [start, String(limit)], signal));
  }

  /** Those of the records that are still there; the others leave the index. */
  async function readAll({ prefix, key }: StateCollection, ids: readonly string[], signal: AbortSignal) {
    if (ids.length === 0) return [];
    const records = parseRecords(await commands.evaluate(readScript, ids.map(key), [], signal));
    const gone = ids.filter((_, index) => !records[index]);
    if (gone.length > 0) await change(forgetScript, prefix, gone, signal).catch(ignoreRefusal);
    return ids.flatMap((id, index) => {
      const record = records[index];
      return record ? [{ id, ...record }] : [];
    });
  }

  async function clear(prefix: string, signal: AbortSignal): Promise<number> {
    let removed = 0;
    let last: string | undefined;
    for (;;) {
      const ids = await listIds(prefix, last, portion, signal);
      if (ids.length > 0) removed += await change(removeScript, prefix, ids, signal);
      if (ids.length < portion) return removed;
      last = ids.at(-1);
    }
  }

  return {
    async get(key, signal) {
      return parseRecords(await commands.hmget(key, ['value', 'version'], signal))[0];
    },
    async put(key, value, { ifVersion, ttlSeconds }, signal) {
      const { prefix, id } = parseKey(key);
      const { ids, expiry, collections } = indexKeys(prefix);
      const lifetime = ttlSeconds === undefined ? '' : String(Math.ceil(ttlSeconds * 1000));
      const expected = ifVersion === undefined ? '' : String(ifVersion);
      const keys = [key, ids, expiry, collections];
      return (
        parseCount(await commands.evaluate(putScript, keys, [value, expected, lifetime, id, prefix], signal)) === 1
      );
    },
    async delete(key, signal) {
      const { prefix, id } = parseKey(key);
      return (await change(removeScript, prefix, [id], signal)) > 0;
    },
    async list(collection, { after, limit }, signal) {
      const size = Math.min(portion, limit);
      const found: ListedRecord[] = [];
      let last = after;
      while (found.length < limit) {
        const ids = await listIds(collection.prefix, last, size, signal);
        found.push(...(await readAll(collection, ids, signal)));
        if (ids.length < size) break;
        last = ids.at(-1);
      }
      return found.slice(0, limit);
    },
    clear: ({ prefix }, signal) => clear(prefix, signal),
    async clearTenant(tenant, signal) {
      const owner = tenantPrefix(tenant);
      const prefixes = parseTexts(await commands.evaluate(collectionsScript, [collectionsKey(owner)], [], signal));
      let removed = 0;
      for (const prefix of prefixes) removed += await clear(prefix, signal);
      await commands.evaluate(unlinkScript, Object.values(corpusKeys(owner)), [], signal);
      return removed;
    },
    close: () => commands.close(),
  };
}

/** A server that takes no writes is read all the same. */
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof ApiError)) throw error;
}
