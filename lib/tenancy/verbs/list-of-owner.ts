import { recordFailure, recordReading } from '#lib/audit/record-reading.ts';
import type { TenantId } from '../tenant-id.ts';
import type { Actor } from '../tenant-scope.ts';
import { requireOwner, type Owner, type TenantVerbDeps } from './deps.ts';

interface Listing {
  /** As the audit trail has it. */
  action: string;
  actor: Actor;
  tenantId: TenantId;
}

/** All of one kind that a tenant has; the trail knows who looked. Throws `tenant_mismatch`, `not_found`, and what `list` throws. */
export async function listOfOwner<Item>(
  deps: Pick<TenantVerbDeps, 'tenants' | 'checkMention' | 'audit'>,
  { action, actor, tenantId }: Listing,
  list: (owner: Owner) => Promise<Item[]>,
  signal: AbortSignal,
): Promise<Item[]> {
  const reading = { audit: deps.audit, actor, signal };
  const owner = await recordFailure({ ...reading, entry: { action, target: tenantId }, isAsked: true }, () =>
    requireOwner(deps, actor, tenantId, signal),
  );
  const entry = { action, target: '*', account: owner.account };
  return recordReading({ ...reading, entry }, () => list(owner));
}
