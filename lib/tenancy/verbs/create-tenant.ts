import { checkPolicy } from '#lib/guardrails/check-policy.ts';
import { requirePermission } from '../role.ts';
import type { Actor } from '../tenant-scope.ts';
import type { TenantId } from '../tenant-id.ts';
import type { TenantRecord, TenantSettings } from '../tenant.ts';
import type { TenantVerbDeps } from './deps.ts';

/** Throws `forbidden`, `invalid_request`, `conflict` where the tenant exists. */
export const createCreateTenant =
  ({ tenants, audit }: TenantVerbDeps) =>
  async (
    actor: Actor,
    { id, ...settings }: TenantSettings & { id: TenantId },
    signal: AbortSignal,
  ): Promise<TenantRecord> => {
    requirePermission(actor, 'tenants:create');
    await checkPolicy(settings.guardrails);
    const create = (held: AbortSignal) => tenants.create(id, settings, held);
    return audit.during(actor, { action: 'tenant.create', target: id }, create, signal);
  };
