import { createSqliteAdmissionStore } from '#lib/admission/admission-store-sqlite.ts';
import { createSqliteCorpusStore } from '#lib/cache/corpus-store-sqlite.ts';
import type { Clock } from '#lib/core/clock.ts';
import { createSqliteUsageStore } from '#lib/usage/usage-store-sqlite.ts';
import { openStateDatabase } from './sqlite/open-state-database.ts';
import type { State } from './state.ts';
import { createSqliteStore } from './store-sqlite.ts';

/** All state on one connection to one file. */
export function createSqliteState(file: string, now: Clock = Date.now): State {
  const database = openStateDatabase(file);
  const store = createSqliteStore(database, now);
  return {
    store,
    admission: createSqliteAdmissionStore(database, { now }),
    usage: createSqliteUsageStore(database),
    corpus: createSqliteCorpusStore(database, now),
    readMemory: () => Promise.resolve(undefined),
    close: () => store.close(),
  };
}
