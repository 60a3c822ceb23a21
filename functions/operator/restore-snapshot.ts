import type { CorpusWrites } from '#lib/cache/corpus-writes.ts';
import type { Environment } from '#lib/config/env.ts';
import type { searchEnv } from '#lib/config/variables.ts';
import { createIndices } from '#lib/retrieval/opensearch/indices.ts';
import { createLedger } from '#lib/retrieval/opensearch/ledger.ts';
import { ownerOf } from '#lib/retrieval/opensearch/names.ts';
import { createRestoreTenant, type RestoreRequest, type RestoreTenant } from '#lib/retrieval/opensearch/restore.ts';
import type { Transport } from '#lib/retrieval/opensearch/transport.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import type { TenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import { toReason } from './to-reason.ts';

interface RestoreSnapshotDeps {
  transport: Transport;
  tenants: Pick<TenantRegistry, 'find'>;
  writes: CorpusWrites;
  env: Pick<Environment<typeof searchEnv>, 'OPENSEARCH_KNN_ENGINE' | 'OPENSEARCH_REPLICAS'>;
  write: (line: string) => unknown;
}

type Request = Omit<RestoreRequest, 'tenantId'> & {
  /** All that the snapshot holds where none is named. */
  tenant: TenantId | undefined;
};

function createRestore({ transport, tenants, writes, env }: RestoreSnapshotDeps): RestoreTenant {
  const findIncarnation = async (tenantId: TenantId, signal: AbortSignal) => {
    const record = await tenants.find(tenantId, signal);
    return !record || record.status === 'deleted' || record.erasure ? undefined : record.incarnation;
  };
  const indices = createIndices({
    transport,
    vectors: undefined,
    knnEngine: env.OPENSEARCH_KNN_ENGINE,
    replicas: env.OPENSEARCH_REPLICAS,
    confirm: async () => false,
    now: Date.now,
  });
  const restoreTenant = createRestoreTenant({
    transport,
    indices,
    ledger: createLedger({ transport }),
    findIncarnation,
  });
  return async (request, signal) => {
    const { tenantId } = request;
    const incarnation = await findIncarnation(tenantId, signal);
    if (incarnation === undefined) return restoreTenant(request, signal);
    // What was answered from the documents before is no answer any more.
    return writes.during({ tenantId, incarnation }, (held) => restoreTenant(request, held), signal);
  };
}

/** Writes a line for each tenant. False where one failed, or the only one was refused. */
export async function restoreSnapshot(
  deps: RestoreSnapshotDeps,
  { tenant, ...request }: Request,
  signal: AbortSignal,
): Promise<boolean> {
  const restoreTenant = createRestore(deps);
  const owners = new Set(request.snapshot.indices.map(ownerOf).filter((owner) => owner !== undefined));
  const count = { restored: 0, refused: 0, failed: 0 };

  async function restore(tenantId: TenantId): Promise<string> {
    try {
      const result = await restoreTenant({ ...request, tenantId }, signal);
      count[result.isRestored ? 'restored' : 'refused'] += 1;
      return result.isRestored ? `restored ${result.source} as ${result.index}` : `refused: ${result.reason}`;
    } catch (error) {
      signal.throwIfAborted();
      count.failed += 1;
      return `failed: ${toReason(error)}`;
    }
  }

  for (const tenantId of tenant === undefined ? [...owners].toSorted() : [tenant]) {
    deps.write(`${tenantId}  ${await restore(tenantId)}`);
  }
  deps.write(`${count.restored} restored, ${count.refused} refused, ${count.failed} failed`);
  return count.failed === 0 && (tenant === undefined || count.restored === 1);
}
