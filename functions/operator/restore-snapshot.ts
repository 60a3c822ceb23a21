import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import type { CorpusWrites } from '#lib/cache/corpus-writes.ts';
import type { Environment } from '#lib/config/env.ts';
import type { searchEnv } from '#lib/config/variables.ts';
import { createIndices } from '#lib/retrieval/opensearch/indices.ts';
import { createLedger } from '#lib/retrieval/opensearch/ledger.ts';
import { ownerOf } from '#lib/retrieval/opensearch/names.ts';
import {
  createRestoreTenant,
  type RestoreOutcome,
  type RestoreRequest,
  type RestoreTenant,
} from '#lib/retrieval/opensearch/restore.ts';
import type { Transport } from '#lib/retrieval/opensearch/transport.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import type { TenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import { accountOf, type TenantRecord } from '#lib/tenancy/tenant.ts';
import type { PlatformActor } from '#lib/tenancy/tenant-scope.ts';
import { toReason } from './to-reason.ts';

interface RestoreSnapshotDeps {
  transport: Transport;
  tenants: Pick<TenantRegistry, 'find'>;
  writes: CorpusWrites;
  audit: Pick<AuditTrail, 'during'>;
  actor: PlatformActor;
  env: Pick<Environment<typeof searchEnv>, 'OPENSEARCH_KNN_ENGINE' | 'OPENSEARCH_REPLICAS'>;
  write: (line: string) => unknown;
}

type Request = Omit<RestoreRequest, 'tenantId'> & {
  /** All that the snapshot holds where none is named. */
  tenant: TenantId | undefined;
};

const incarnationOf = (record: TenantRecord | undefined): string | undefined =>
  !record || record.status === 'deleted' || record.erasure ? undefined : record.incarnation;

/** In the chain of the tenant, where one of this name was ever registered. */
const toChange = ({ tenantId, snapshot }: RestoreRequest, record: TenantRecord | undefined) => ({
  action: 'tenant.restore',
  target: `${tenantId}/${snapshot.name}`,
  toOutcome: ({ isRestored }: RestoreOutcome) => (isRestored ? 'success' : 'conflict'),
  ...(record && { account: accountOf(record) }),
});

function createRestore({ transport, tenants, writes, audit, actor, env }: RestoreSnapshotDeps): RestoreTenant {
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
    findIncarnation: async (tenantId, signal) => incarnationOf(await tenants.find(tenantId, signal)),
  });
  return async (request, signal) => {
    const { tenantId } = request;
    const record = await tenants.find(tenantId, signal);
    const incarnation = incarnationOf(record);
    const restore = (held: AbortSignal) =>
      incarnation === undefined
        ? restoreTenant(request, held)
        : // What was answered from the documents before is no answer any more.
          writes.during({ tenantId, incarnation }, (marked) => restoreTenant(request, marked), held);
    return audit.during(actor, toChange(request, record), restore, signal);
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
