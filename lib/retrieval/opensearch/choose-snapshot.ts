import type { SnapshotInfo, Snapshots } from './snapshots.ts';

/** The snapshot of that name, which must be there, or the newest complete one, if there is any. */
export async function chooseSnapshot(
  snapshots: Pick<Snapshots, 'find' | 'list'>,
  { repository, name }: { repository: string; name: string | undefined },
  signal: AbortSignal,
): Promise<SnapshotInfo | undefined> {
  if (name !== undefined) return snapshots.find(repository, name, signal);
  const all = await snapshots.list(repository, signal);
  return all.findLast(({ state }) => state === 'SUCCESS');
}
