import { requireKnown, type TenantVerbDeps } from '#lib/tenancy/verbs/deps.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { ApiKeyStore } from '../api-key-store.ts';

export interface ApiKeyVerbDeps extends TenantVerbDeps {
  apiKeys: ApiKeyStore;
  now: Clock;
  randomBytes: (size: number) => Uint8Array;
}

/** The tenant whose keys are managed: the actor's own, or any where the platform acts. */
export async function requireOwner(
  { tenants, checkMention }: ApiKeyVerbDeps,
  actor: Actor,
  id: TenantId,
  signal: AbortSignal,
): Promise<TenantRef> {
  checkMention(actor, 'path', id);
  const { incarnation } = await requireKnown(tenants, id, signal);
  return { tenantId: id, incarnation };
}

export const toRandomText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
