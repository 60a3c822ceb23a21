import { recordFailure } from '#lib/audit/record-reading.ts';
import { requirePermission } from '../role.ts';
import type { Actor } from '../tenant-scope.ts';
import type { TenantId } from '../tenant-id.ts';
import { accountOf, type TenantRecord } from '../tenant.ts';
import { requireKnown, type TenantVerbDeps } from './deps.ts';

/** Throws `forbidden`, `tenant_mismatch`, `not_found`. */
export const createGetTenant =
  ({ tenants, audit, checkMention }: TenantVerbDeps) =>
  async (actor: Actor, id: TenantId, signal: AbortSignal): Promise<TenantRecord> => {
    requirePermission(actor, 'tenants:read');
    checkMention(actor, 'path', id);
    const entry = { action: 'tenant.read', target: id };
    const tenant = await recordFailure({ audit, actor, entry, signal, isAsked: true }, () =>
      requireKnown(tenants, id, signal),
    );
    audit.recordAccess(actor, { ...entry, account: accountOf(tenant) });
    return tenant;
  };
