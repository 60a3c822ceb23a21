import { ApiError } from '#lib/core/api-error.ts';
import type { LeakageKind, LeakageMonitor } from './leakage.ts';
import type { Actor } from './tenant-scope.ts';

/** Refuses a request that names another tenant than its credential's. Throws `tenant_mismatch`. */
export type CheckMention = (actor: Actor, kind: LeakageKind, named: unknown) => void;

/** A platform administrator may name any tenant; what is named then is checked by the verb. */
export const createCheckMention =
  (leakage: LeakageMonitor): CheckMention =>
  (actor, kind, named) => {
    if (named === undefined || actor.role === 'platform_admin' || named === actor.tenantId) return;
    leakage.report({ kind, tenantId: actor.tenantId, userId: actor.userId, origin: actor.origin });
    throw new ApiError('tenant_mismatch');
  };

/** Every place of a JSON body that names a tenant: the body itself, its filter, its documents. */
export function* mentionsIn(body: unknown): Generator {
  if (body === null || typeof body !== 'object') return;
  if (Array.isArray(body)) {
    for (const item of body) yield* mentionsIn(item);
    return;
  }
  const fields = new Map<string, unknown>(Object.entries(body));
  yield fields.get('tenant_id');
  yield* mentionsIn(fields.get('filter'));
  yield* mentionsIn(fields.get('documents'));
}
