import { ApiError } from '#lib/core/api-error.ts';
import { checkPolicy } from '#lib/guardrails/check-policy.ts';
import { isPermitted, requirePermission } from '../role.ts';
import type { Actor } from '../tenant-scope.ts';
import type { TenantId } from '../tenant-id.ts';
import { accountOf, type TenantRecord, type TenantSettings } from '../tenant.ts';
import { requireKnown, type TenantVerbDeps } from './deps.ts';

/** A setting that is left out stays, one that is `null` is cleared. */
export interface TenantPatch {
  name?: string | undefined;
  limits?: { [Limit in keyof TenantSettings['limits']]: number | null | undefined } | undefined;
  budget?: TenantSettings['budget'] | null;
  models?: TenantSettings['models'] | null;
  retrieval?: TenantSettings['retrieval'] | null;
  cache?: TenantSettings['cache'] | null;
  guardrails?: TenantSettings['guardrails'] | null;
  telemetry?: TenantSettings['telemetry'] | null;
}

/** What a setting is after a change. */
const changed = <Setting>(before: Setting | undefined, patch: Setting | null | undefined): Setting | undefined =>
  patch === undefined ? before : (patch ?? undefined);

function apply(record: TenantRecord, { name, limits, ...patch }: TenantPatch): TenantRecord {
  const merged = Object.entries({ ...record.limits, ...limits }).filter(([, limit]) => limit !== null);
  return {
    ...record,
    name: name ?? record.name,
    limits: Object.fromEntries(merged),
    budget: changed(record.budget, patch.budget),
    models: changed(record.models, patch.models),
    retrieval: changed(record.retrieval, patch.retrieval),
    cache: changed(record.cache, patch.cache),
    guardrails: changed(record.guardrails, patch.guardrails),
    telemetry: changed(record.telemetry, patch.telemetry),
  };
}

/**
 * A tenant's administrator may rename it and set its searches, cache, guardrails and telemetry; what it may spend is the
 * platform's to say. Throws `forbidden`, `tenant_mismatch`, `invalid_request`, `not_found`.
 */
export const createUpdateTenant =
  ({ tenants, audit, checkMention }: TenantVerbDeps) =>
  async (
    actor: Actor,
    { id, ...patch }: TenantPatch & { id: TenantId },
    signal: AbortSignal,
  ): Promise<TenantRecord> => {
    requirePermission(actor, 'tenants:adjust');
    checkMention(actor, 'path', id);
    const isOwn = patch.limits === undefined && patch.budget === undefined && patch.models === undefined;
    if (!isOwn && !isPermitted(actor.role, 'tenants:write')) throw new ApiError('forbidden');
    await checkPolicy(patch.guardrails);
    const account = accountOf(await requireKnown(tenants, id, signal));
    const update = (held: AbortSignal) => tenants.update(id, (record) => apply(record, patch), held);
    return audit.during(actor, { action: 'tenant.update', target: id, account }, update, signal);
  };
