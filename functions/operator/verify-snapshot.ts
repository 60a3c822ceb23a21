import { toIsoTime, type Clock } from '#lib/core/clock.ts';
import { chooseSnapshot } from '#lib/retrieval/opensearch/choose-snapshot.ts';
import { ownerOf } from '#lib/retrieval/opensearch/names.ts';
import type { SnapshotInfo, Snapshots } from '#lib/retrieval/opensearch/snapshots.ts';
import type { Verification, VerifySnapshot } from '#lib/retrieval/opensearch/verify-snapshot.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import { toReason } from './to-reason.ts';

interface VerifySnapshotDeps extends VerifySnapshot {
  snapshots: Pick<Snapshots, 'find' | 'list'>;
  now: Clock;
  randomBelow: (limit: number) => number;
  write: (line: string) => unknown;
}

interface Request {
  repository: string;
  /** The newest complete one where none is named. */
  snapshot: string | undefined;
  /** How old it may be, in milliseconds. */
  maxAge: number | undefined;
  /** So many tenants, picked at random; all where it is not set. */
  sample: number | undefined;
}

function pick<Item>(items: readonly Item[], count: number, randomBelow: (limit: number) => number): Item[] {
  const left = [...items];
  return Array.from({ length: Math.min(count, left.length) }, () => left.splice(randomBelow(left.length), 1)).flat();
}

const ownersOf = ({ indices }: SnapshotInfo): TenantId[] =>
  [...new Set(indices.map(ownerOf).filter((owner) => owner !== undefined))].toSorted();

const live = {
  unchanged: 'as many as the tenant has',
  changed: 'the tenant’s own index was written since',
  gone: 'the tenant’s own index is another by now',
} as const;
const toText = (result: Verification): string =>
  result.isWhole ? `verified ${result.source}: ${result.rows} rows, ${live[result.live]}` : `failed: ${result.reason}`;

/** Writes a line for each tenant. False where one failed, or there is no snapshot that is young enough. */
export async function verifySnapshot(
  deps: VerifySnapshotDeps,
  request: Request,
  signal: AbortSignal,
): Promise<boolean> {
  const { snapshots, verifyTenant, removeLeftOvers, now, randomBelow, write } = deps;
  const { repository, maxAge, sample } = request;
  for (const name of await removeLeftOvers(signal)) write(`${name}  left over, deleted`);

  const snapshot = await chooseSnapshot(snapshots, { repository, name: request.snapshot }, signal);
  if (!snapshot) {
    write(`failed: the repository ${repository} holds no complete snapshot`);
    return false;
  }
  const isYoung = maxAge === undefined || now() - snapshot.startedAt <= maxAge;
  if (!isYoung) write(`failed: ${snapshot.name} is too old, it was begun at ${toIsoTime(snapshot.startedAt)}`);

  const owners = ownersOf(snapshot);
  if (owners.length === 0) write(`failed: ${snapshot.name} holds no tenant`);
  const chosen = sample === undefined ? owners : pick(owners, sample, randomBelow);
  let failed = 0;
  for (const tenantId of chosen) {
    let text: string;
    try {
      const result = await verifyTenant({ repository, snapshot, tenantId }, signal);
      if (!result.isWhole) failed += 1;
      text = toText(result);
    } catch (error) {
      signal.throwIfAborted();
      failed += 1;
      text = `failed: ${toReason(error)}`;
    }
    write(`${tenantId}  ${text}`);
  }
  write(`${snapshot.name}  ${chosen.length - failed} of ${owners.length} tenants verified, ${failed} failed`);
  return failed === 0 && owners.length > 0 && isYoung;
}
