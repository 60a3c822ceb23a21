import { createRedisAdmissionStore } from '#lib/admission/admission-store-redis.ts';
import { createRedisCorpusStore } from '#lib/cache/corpus-store-redis.ts';
import { createRedisUsageStore } from '#lib/usage/usage-store-redis.ts';
import type { RedisCommands } from './redis/commands.ts';
import { createReadMemory } from './redis/read-memory.ts';
import type { State } from './state.ts';
import { createRedisStore } from './store-redis.ts';

/** All state behind one client, and one breaker; an account keeps at most so many entries of its ledger. */
export const createRedisState = (commands: RedisCommands, maxEntries: number): State => ({
  store: createRedisStore(commands),
  admission: createRedisAdmissionStore(commands, { maxEntries }),
  usage: createRedisUsageStore(commands),
  corpus: createRedisCorpusStore(commands),
  readMemory: createReadMemory(commands),
  close: () => commands.close(),
});
