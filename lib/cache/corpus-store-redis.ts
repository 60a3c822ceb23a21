import * as v from 'valibot';
import type { RedisCommands } from '#lib/state/redis/commands.ts';
import { corpusKeys } from '#lib/state/redis/keys.ts';
import { tenantPrefix, type TenantRef } from '#lib/tenancy/state-key.ts';
import type { CorpusStore } from './corpus-store.ts';
import { beginWriteScript, endWriteScript, readCorpusScript } from './redis/corpus-scripts.ts';

const count = v.pipe(v.number(), v.safeInteger());
const State = v.tuple([count, count]);

const keysOf = (tenant: TenantRef): string[] => {
  const { version, writes } = corpusKeys(tenantPrefix(tenant));
  return [version, writes];
};

export function createRedisCorpusStore(commands: RedisCommands): CorpusStore {
  return {
    async read(tenant, signal) {
      const reply = await commands.evaluate(readCorpusScript, keysOf(tenant), [], signal);
      const [version, writes] = v.parse(State, reply);
      return { version, isQuiet: writes === 0 };
    },
    async beginWrite(tenant, writeId, ttlMilliseconds, signal) {
      await commands.evaluate(beginWriteScript, keysOf(tenant), [writeId, String(ttlMilliseconds)], signal);
    },
    async endWrite(tenant, writeId, signal) {
      await commands.evaluate(endWriteScript, keysOf(tenant), [writeId], signal);
    },
  };
}
