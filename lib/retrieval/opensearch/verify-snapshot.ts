import * as v from 'valibot';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import { unlessMissing } from './errors.ts';
import { toLedgerId, versionOf } from './names.ts';
import { createRestoreIndex } from './restore-index.ts';
import { candidatesIn } from './restore.ts';
import type { SnapshotInfo } from './snapshots.ts';
import { createCountRows } from './snapshot-count-rows.ts';
import type { EngineCall, Transport } from './transport.ts';

interface VerifyRequest {
  repository: string;
  snapshot: SnapshotInfo;
  tenantId: TenantId;
}

export type Verification =
  /** `unchanged` where the tenant's own index has had no write since, so that its rows were compared. */
  | { isWhole: true; source: string; rows: number; live: 'unchanged' | 'changed' | 'gone' }
  /** Damaged: no older index of the snapshot makes up for it. */
  | { isWhole: false; isDamaged?: boolean; reason: string };

/** Shows that a snapshot can be restored: by doing it, behind no alias, one index at a time. */
export interface VerifySnapshot {
  /** Deletes what a run has left that was killed. Two runs at once would spoil each other's work. */
  removeLeftOvers(signal: AbortSignal): Promise<string[]>;
  verifyTenant(request: VerifyRequest, signal: AbortSignal): Promise<Verification>;
}

/** An underscore can't occur in a tenant's id: neither a tenant's role nor the index template reaches such an index. */
const scratchPrefix = 'genai_verify_';
const toScratchName = (tenantId: TenantId, source: string): string =>
  `${scratchPrefix}${tenantId}_${versionOf(source)}`;

const options = { timeout: 30_000, tries: 3 };
const cleanUpMilliseconds = 30_000;

const Indices = v.record(v.string(), v.unknown());
const Incarnations = v.record(
  v.string(),
  v.object({ mappings: v.object({ _meta: v.object({ incarnation: v.pipe(v.string(), v.minLength(1)) }) }) }),
);

export function createVerifySnapshot({ transport }: { transport: Transport }): VerifySnapshot {
  const send = (call: EngineCall, signal: AbortSignal) => transport.send('platform', call, options, signal);
  const restoreIndex = createRestoreIndex({ transport });
  const countRows = createCountRows({ transport });

  const remove = async (index: string, signal: AbortSignal) => {
    await unlessMissing(send({ method: 'DELETE', path: `/${index}` }, signal));
  };

  async function findIncarnation(index: string, signal: AbortSignal): Promise<string | undefined> {
    const answer = await send({ method: 'GET', path: `/${index}`, query: { filter_path: '*.mappings._meta' } }, signal);
    const parsed = v.safeParse(Incarnations, answer);
    return parsed.success ? parsed.output[index]?.mappings._meta.incarnation : undefined;
  }

  /** The platform's own user may read no row: it changes this one by nothing, which fails where there is none. */
  async function hasLedger(index: string, id: string, signal: AbortSignal): Promise<boolean> {
    const body = { script: { lang: 'painless', source: "ctx.op = 'none'" } };
    return (await unlessMissing(send({ method: 'POST', path: `/${index}/_update/${id}`, body }, signal))) !== undefined;
  }

  async function inspect(
    { tenantId }: VerifyRequest,
    source: string,
    index: string,
    signal: AbortSignal,
  ): Promise<Verification> {
    const incarnation = await findIncarnation(index, signal);
    if (incarnation === undefined) return { isWhole: false, reason: `${source} is none of the platform` };
    if (!(await hasLedger(index, toLedgerId({ tenantId, incarnation }), signal)))
      return { isWhole: false, reason: `${source} is not complete: it has no ledger` };
    const restored = await countRows(index, signal);
    const live = await unlessMissing(countRows(source, signal));
    const { rows } = restored;
    // The same last write on each shard: what was restored is what the tenant has.
    if (!live) return { isWhole: true, source, rows, live: 'gone' };
    if (live.lastWrites !== restored.lastWrites) return { isWhole: true, source, rows, live: 'changed' };
    return live.rows === rows
      ? { isWhole: true, source, rows, live: 'unchanged' }
      : {
          isWhole: false,
          isDamaged: true,
          reason: `${source} has ${rows} rows in the snapshot and ${live.rows} in its place`,
        };
  }

  async function verifyIndex(request: VerifyRequest, source: string, signal: AbortSignal): Promise<Verification> {
    const target = toScratchName(request.tenantId, source);
    const { repository, snapshot } = request;
    const settings = { 'index.number_of_replicas': 0 };
    try {
      await restoreIndex({ repository, snapshot: snapshot.name, source, target, settings }, signal);
      return await inspect(request, source, target, signal);
    } finally {
      await remove(target, AbortSignal.timeout(cleanUpMilliseconds));
    }
  }

  return {
    async removeLeftOvers(signal) {
      const query = { allow_no_indices: 'true', filter_path: '*.aliases' };
      const found = await send({ method: 'GET', path: `/${scratchPrefix}*`, query }, signal);
      const names = Object.keys(v.parse(Indices, found));
      for (const name of names) await remove(name, signal);
      return names;
    },
    async verifyTenant(request, signal) {
      let result: Verification = { isWhole: false, reason: 'the snapshot holds no index of the tenant' };
      for (const source of candidatesIn(request.snapshot, request.tenantId)) {
        result = await verifyIndex(request, source, signal);
        if (result.isWhole || result.isDamaged) return result;
      }
      return result;
    },
  };
}
