import { canonicalJson, sha256Hex } from '#lib/core/digest.ts';
import { platformCollection, tenantCollection, type StateCollection } from '#lib/tenancy/state-key.ts';
import type { Actor, TenantScope } from '#lib/tenancy/tenant-scope.ts';

/** Whose a key is, and where its record lies. */
export interface Owner {
  records: StateCollection;
  pulses: StateCollection;
  /** Tells users apart, and what they may see: another role or group makes it another user's key. */
  identity: string;
  secret: Uint8Array;
}

const kinds = { records: 'idempotency', pulses: 'idempotency-pulse' };

const identify = (...parts: unknown[]): string => sha256Hex(canonicalJson(parts));

const placeIn = (collection: (kind: string) => StateCollection) => ({
  records: collection(kinds.records),
  pulses: collection(kinds.pulses),
});

function toTenantOwner(scope: TenantScope, outlivesErasure: boolean): Owner {
  const { userId, role, keyId, groups, account, signingKey } = scope;
  return {
    // The account stays the same when an erasure begins a new incarnation.
    ...placeIn((kind) => (outlivesErasure ? tenantCollection(account, kind) : scope.collection(kind))),
    identity: identify(userId, role, keyId, groups.toSorted()),
    secret: outlivesErasure ? new Uint8Array() : signingKey,
  };
}

export const toOwner = (actor: Actor, outlivesErasure: boolean): Owner =>
  actor.role === 'platform_admin'
    ? { ...placeIn(platformCollection), identity: identify(actor.userId, actor.role), secret: new Uint8Array() }
    : toTenantOwner(actor, outlivesErasure);
