import { LRUCache } from 'lru-cache';
import type { ApiError } from '#lib/core/api-error.ts';
import type { Clock } from '#lib/core/clock.ts';
import { toRefText } from '#lib/tenancy/state-key.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';

/**
 * Remembers who has just been turned away for its rate: a tenant far above it costs the store, and with it all others,
 * no more than one call a second and process.
 */
export interface RefusalMemory {
  find(scope: TenantScope): ApiError | undefined;
  keep(scope: TenantScope, error: ApiError, milliseconds: number): void;
}

/** A limit that was raised counts after that, as everything that is said of a tenant. */
const maxMilliseconds = 500;
const maxAccounts = 1_000;

const keyOf = ({ account, limits }: TenantScope): string => `${toRefText(account)}.${limits.requests_per_minute}`;

export function createRefusalMemory(now: Clock): RefusalMemory {
  const known = new LRUCache<string, { error: ApiError; until: number }>({ max: maxAccounts });
  return {
    find(scope) {
      const found = known.get(keyOf(scope));
      return found && now() < found.until ? found.error : undefined;
    },
    keep(scope, error, milliseconds) {
      known.set(keyOf(scope), { error, until: now() + Math.min(milliseconds, maxMilliseconds) });
    },
  };
}
