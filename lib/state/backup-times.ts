import * as v from 'valibot';
import type { BackupKind } from '#lib/telemetry/metrics.ts';
import { platformCollection } from '#lib/tenancy/state-key.ts';
import type { StateStore } from './store.ts';

/** When what was last backed up, as the jobs that do it write down: `redis-backup.sh` knows the key as well. */
const backups = platformCollection('backup');

const Seconds = v.pipe(v.string(), v.regex(/^\d{1,12}$/), v.transform(Number));

/** Seconds since 1970. */
export const recordBackup = async (
  store: Pick<StateStore, 'put'>,
  kind: BackupKind,
  seconds: number,
  signal: AbortSignal,
): Promise<void> => void (await store.put(backups.key(kind), String(Math.floor(seconds)), {}, signal));

/** Seconds since 1970; `undefined` where none is known of. */
export async function findBackup(
  store: Pick<StateStore, 'get'>,
  kind: BackupKind,
  signal: AbortSignal,
): Promise<number | undefined> {
  const record = await store.get(backups.key(kind), signal);
  return record && v.parse(Seconds, record.value);
}
