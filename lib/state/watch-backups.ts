import type { Environment } from '#lib/config/env.ts';
import type { searchEnv, stateEnv } from '#lib/config/variables.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { BackupKind, Metrics } from '#lib/telemetry/metrics.ts';
import { refreshRarely } from '#lib/telemetry/refresh-rarely.ts';
import { findBackup } from './backup-times.ts';
import type { StateStore } from './store.ts';

interface WatchBackupsDeps {
  store: Pick<StateStore, 'get'>;
  metrics: Pick<Metrics, 'beforeExpose' | 'lastBackup'>;
  now: Clock;
}

/** What is to be backed up with these engines, by jobs of ours: the embedded ones are files, Upstash keeps copies itself. */
export const toBackupKinds = (
  env: Environment<Pick<typeof stateEnv, 'STATE_STORE'> & Pick<typeof searchEnv, 'SEARCH_ENGINE'>>,
): BackupKind[] => [
  ...(env.STATE_STORE === 'redis' ? (['state'] as const) : []),
  ...(env.SEARCH_ENGINE === 'opensearch' ? (['search'] as const) : []),
];

/** Tells when what was last backed up; 0 where the store has never been told of a backup. */
export function watchBackups(deps: WatchBackupsDeps, kinds: readonly BackupKind[]): void {
  const { store, metrics } = deps;
  if (kinds.length === 0) return;
  refreshRarely(deps, async (signal) => {
    for (const kind of kinds) metrics.lastBackup(kind, (await findBackup(store, kind, signal)) ?? 0);
  });
}
