import { ApiError } from '#lib/core/api-error.ts';
import type { LeakageMonitor } from './leakage.ts';
import type { TenantScope } from './tenant-scope.ts';

/**
 * The last check before anything found leaves an engine's adapter: each row says whose it is. A
 * foreign row means that a guard before this one failed, so the whole answer is withheld.
 * Throws `internal`.
 */
export type Tripwire = <Row extends { readonly tenantId: string }>(
  scope: TenantScope,
  rows: readonly Row[],
) => readonly Row[];

export const createTripwire =
  (leakage: LeakageMonitor): Tripwire =>
  (scope, rows) => {
    const foreign = rows.filter((row) => row.tenantId !== scope.tenantId);
    for (let index = 0; index < foreign.length; index += 1) {
      leakage.report({ kind: 'hit', tenantId: scope.tenantId, userId: scope.userId, origin: scope.origin });
    }
    if (foreign.length > 0) throw new ApiError('internal');
    return rows;
  };
