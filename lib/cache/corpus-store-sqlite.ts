import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '#lib/core/clock.ts';
import { transact } from '#lib/state/sqlite/transact.ts';
import { tenantPrefix, type TenantRef } from '#lib/tenancy/state-key.ts';
import type { CorpusStore } from './corpus-store.ts';

export function createSqliteCorpusStore(database: DatabaseSync, now: Clock = Date.now): CorpusStore {
  const read = database.prepare('SELECT version FROM corpus WHERE tenant = :tenant');
  // A version is never given twice, not even after all was cleared: it is at least the time.
  const change = database.prepare(`
    INSERT INTO corpus (tenant, version) VALUES (:tenant, :now)
    ON CONFLICT DO UPDATE SET version = max(version + 1, excluded.version)`);
  const count = database.prepare('SELECT count(*) AS writes FROM corpus_write WHERE tenant = :tenant');
  const begin = database.prepare(`
    INSERT INTO corpus_write (tenant, id, expires_at) VALUES (:tenant, :id, :expires_at)
    ON CONFLICT DO UPDATE SET expires_at = excluded.expires_at`);
  const end = database.prepare('DELETE FROM corpus_write WHERE tenant = :tenant AND id = :id');
  const expire = database.prepare('DELETE FROM corpus_write WHERE tenant = :tenant AND expires_at <= :now');

  function step<T>(ref: TenantRef, signal: AbortSignal, work: (tenant: string, time: number) => T): T {
    signal.throwIfAborted();
    const tenant = tenantPrefix(ref);
    const time = now();
    return transact(database, () => {
      if (expire.run({ tenant, now: time }).changes > 0) change.run({ tenant, now: time });
      return work(tenant, time);
    });
  }

  return {
    async read(ref, signal) {
      return step(ref, signal, (tenant) => ({
        version: Number(read.get({ tenant })?.['version'] ?? 0),
        isQuiet: count.get({ tenant })?.['writes'] === 0,
      }));
    },
    async beginWrite(ref, writeId, ttlMilliseconds, signal) {
      step(ref, signal, (tenant, time) => {
        begin.run({ tenant, id: writeId, expires_at: time + ttlMilliseconds });
        change.run({ tenant, now: time });
      });
    },
    async endWrite(ref, writeId, signal) {
      step(ref, signal, (tenant, time) => {
        end.run({ tenant, id: writeId });
        change.run({ tenant, now: time });
      });
    },
  };
}
