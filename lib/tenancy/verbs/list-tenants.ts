import { recordReading } from '#lib/audit/record-reading.ts';
import { requirePermission } from '../role.ts';
import type { Actor } from '../tenant-scope.ts';
import type { TenantRecord } from '../tenant.ts';
import type { TenantVerbDeps } from './deps.ts';

interface TenantPage {
  tenants: TenantRecord[];
  nextCursor: string | undefined;
}

/** In the order of their ids, without the deleted. Throws `forbidden`. */
export const createListTenants =
  ({ tenants, audit }: TenantVerbDeps) =>
  async (
    actor: Actor,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
    signal: AbortSignal,
  ): Promise<TenantPage> => {
    requirePermission(actor, 'tenants:list');
    const page = {
      limit: limit + 1,
      ...(cursor === undefined ? {} : { after: Buffer.from(cursor, 'base64url').toString() }),
    };
    const entry = { action: 'tenant.list', target: '*' };
    const found = await recordReading({ audit, actor, entry, signal }, () => tenants.list(page, signal));
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    return {
      tenants: shown.filter(({ status }) => status !== 'deleted'),
      nextCursor: last && Buffer.from(last.id).toString('base64url'),
    };
  };
