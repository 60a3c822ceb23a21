import { setTimeout as wait } from 'node:timers/promises';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import { isMissing } from './errors.ts';
import { holdWrites, type HeldWrites } from './hold-writes.ts';
import type { Indices } from './indices.ts';
import { graceMilliseconds } from './ledger-scripts.ts';
import type { Ledger } from './ledger.ts';
import { ownerOf, toIndexName, toRestoreAlias, versionOf } from './names.ts';
import { createRestoreIndex } from './restore-index.ts';
import type { SnapshotInfo } from './snapshots.ts';
import type { Transport } from './transport.ts';
import { createWriteId } from './write-id.ts';

interface RestoreDeps {
  transport: Transport;
  indices: Pick<Indices, 'prepare' | 'list' | 'remove' | 'markRestored' | 'putInPlace'>;
  ledger: Pick<Ledger, 'hold' | 'letGo' | 'release'>;
  /** The incarnation that the tenant has now: none where it is unknown, deleted or being erased. */
  findIncarnation: (tenantId: TenantId, signal: AbortSignal) => Promise<string | undefined>;
}

export interface RestoreRequest {
  repository: string;
  snapshot: SnapshotInfo;
  tenantId: TenantId;
  /** Restore also what belongs to another incarnation than the tenant has now. */
  force: boolean;
}

export type RestoreOutcome =
  | { isRestored: true; source: string; index: string }
  | { isRestored: false; reason: string };

/** Puts a tenant's index from a snapshot in the place of what it has now, while it is searched and written. */
export type RestoreTenant = (request: RestoreRequest, signal: AbortSignal) => Promise<RestoreOutcome>;

const cleanUpMilliseconds = 30_000;

/** Of several, the newest that is whole counts: one that a re-indexing was filling has no ledger yet. */
export const candidatesIn = ({ indices }: SnapshotInfo, tenantId: TenantId): string[] =>
  indices.filter((index) => ownerOf(index) === tenantId).toSorted((a, b) => versionOf(b) - versionOf(a));

/** False for an index that has lost its ledger: nothing can be written to it. */
function unlessMissing(error: unknown): false {
  if (isMissing(error)) return false;
  throw error;
}

export function createRestoreTenant({ transport, indices, ledger, findIncarnation }: RestoreDeps): RestoreTenant {
  const restoreIndex = createRestoreIndex({ transport });
  const listAll = (tenantId: string, signal: AbortSignal) => indices.list(tenantId, signal);

  /** At once in the place of what is there, from which nothing is under way any more. */
  async function putInPlace(tenant: TenantRef, target: string, signal: AbortSignal): Promise<void> {
    const replaced = (await listAll(tenant.tenantId, signal)).filter(({ name }) => name !== target);
    await indices.putInPlace(tenant, target, replaced, signal);
    // Searches that had found the old index by its alias are still looking into it.
    if (replaced.length > 0) await wait(graceMilliseconds, undefined, { signal });
    for (const { name } of replaced) await indices.remove(name, signal);
  }

  /** Why the fetched index can't be put in place; `undefined` where it was. */
  async function replaceBy(
    { tenantId, force }: RestoreRequest,
    target: string,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const all = await listAll(tenantId, signal);
    const fetched = all.find(({ name }) => name === target);
    if (!fetched || fetched.incarnation === '') return 'the index that the snapshot holds is none of the platform';
    const tenant: TenantRef = { tenantId, incarnation: fetched.incarnation };
    const isOwn = async () => force || (await findIncarnation(tenantId, signal)) === tenant.incarnation;
    if (!(await isOwn())) return 'the index that the snapshot holds belongs to another incarnation of the tenant';
    await indices.markRestored(tenant, target, signal);
    if (!(await ledger.release(tenant, toRestoreAlias(tenant), signal)))
      return 'the index that the snapshot holds is not complete';

    const change = async () => {
      // An erasure that has begun meanwhile also drops what was fetched before it.
      if (!(await isOwn())) return 'the tenant was erased or deleted meanwhile';
      await putInPlace(tenant, target, signal);
      return undefined;
    };
    const live = all.find(({ isLive, incarnation }) => isLive && incarnation !== '');
    if (!live) return change();
    const present = { tenantId, incarnation: live.incarnation };
    const by = createWriteId(Date.now());
    const hasLedger = await ledger.hold(present, by, signal).then(() => true, unlessMissing);
    if (!hasLedger) return change();
    const held = async ({ confirm }: HeldWrites) => {
      await confirm();
      return change();
    };
    return holdWrites(ledger, present, by, held, signal);
  }

  async function restoreFrom(
    request: RestoreRequest,
    names: { source: string; target: string },
    signal: AbortSignal,
  ): Promise<string | undefined> {
    let isNeeded = false;
    try {
      await restoreIndex({ repository: request.repository, snapshot: request.snapshot.name, ...names }, signal);
      const obstacle = await replaceBy(request, names.target, signal);
      isNeeded = obstacle === undefined;
      return obstacle;
    } finally {
      if (!isNeeded) await indices.remove(names.target, AbortSignal.timeout(cleanUpMilliseconds));
    }
  }

  return async (request, signal) => {
    const { tenantId, force, snapshot } = request;
    if (!force && (await findIncarnation(tenantId, signal)) === undefined)
      return { isRestored: false, reason: 'the tenant is not registered, was deleted or is being erased' };
    // A snapshot holds neither the template nor the pipelines, without which the index can't be searched.
    await indices.prepare(signal);
    const candidates = candidatesIn(snapshot, tenantId);
    let reason = 'the snapshot holds no index of the tenant';
    for (const source of candidates) {
      const names = [...candidates, ...(await listAll(tenantId, signal)).map(({ name }) => name)];
      const target = toIndexName(tenantId, Math.max(...names.map(versionOf)) + 1);
      const obstacle = await restoreFrom(request, { source, target }, signal);
      if (obstacle === undefined) return { isRestored: true, source, index: target };
      reason = obstacle;
    }
    return { isRestored: false, reason };
  };
}
