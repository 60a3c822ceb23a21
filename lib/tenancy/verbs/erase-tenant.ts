import type { ApiKeyStore } from '#lib/auth/api-key-store.ts';
import type { Receipt } from '#lib/auth/receipt.ts';
import type { SignReceipt } from '#lib/auth/sign-receipt.ts';
import { countCacheEntries } from '#lib/cache/cache-entries.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { toIsoTime, type Clock } from '#lib/core/clock.ts';
import { sha256Hex } from '#lib/core/digest.ts';
import type { StateStore } from '#lib/state/store.ts';
import { createDestroyData, type DestroyDataDeps } from '../destroy-data.ts';
import { requirePermission } from '../role.ts';
import type { TenantId } from '../tenant-id.ts';
import type { Actor } from '../tenant-scope.ts';
import { accountOf, createIncarnation, type ErasureCount, type TenantRecord } from '../tenant.ts';
import { requireIncarnation, requireKnown, toRef, type TenantVerbDeps } from './deps.ts';

interface EraseTenantDeps extends TenantVerbDeps, DestroyDataDeps {
  store: Pick<StateStore, 'clearTenant' | 'list'>;
  apiKeys: Pick<ApiKeyStore, 'list'>;
  signReceipt: SignReceipt | undefined;
  now: Clock;
  randomBytes: (size: number) => Uint8Array;
  wait: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

/** Every process has read of the suspension by then: the registry's records are half a second old at most. */
const noticeMilliseconds = 1_000;

/** Locks the tenant out and remembers what it was; an erasure that was begun before goes on as it was. */
const lockOut = (record: TenantRecord): TenantRecord => ({
  ...record,
  status: 'suspended',
  erasure: record.erasure ?? { resume: record.status === 'active' ? 'active' : 'suspended' },
});

/**
 * Destroys what the tenant stored and begins a new incarnation under its name and settings; called
 * again after a failure it goes on. The audit trail stays: it holds ids and nothing of what was stored. The receipt
 * tells what there was when the tenant was locked out.
 * Throws `forbidden`, `tenant_mismatch`, `not_found`, `conflict`, `internal` where something comes back again and again.
 */
export function createEraseTenant(deps: EraseTenantDeps) {
  const { tenants, apiKeys, engine, store, audit, checkMention, signReceipt, now, randomBytes, wait } = deps;
  const destroyData = createDestroyData(deps);

  /** Kept with the tenant before anything is destroyed: a later call could not count it any more. */
  async function countOnce(locked: TenantRecord, signal: AbortSignal): Promise<ErasureCount> {
    if (locked.erasure?.found) return locked.erasure.found;
    const tenant = toRef(locked);
    const { documents, chunks } = await engine.count(tenant, signal);
    const found = {
      documents,
      chunks,
      api_keys: (await apiKeys.list(tenant, signal)).length,
      cache_entries: await countCacheEntries(store, tenant, signal),
    };
    const keep = (record: TenantRecord): TenantRecord => {
      requireIncarnation(record, tenant);
      return { ...record, erasure: { resume: 'suspended', ...record.erasure, found } };
    };
    await tenants.update(locked.id, keep, signal);
    return found;
  }

  async function renew(locked: TenantRecord, signal: AbortSignal): Promise<void> {
    const change = ({ erasure, ...record }: TenantRecord): TenantRecord => {
      requireIncarnation(record, toRef(locked));
      const account = record.account ?? record.incarnation;
      return { ...record, ...createIncarnation(randomBytes), account, status: erasure?.resume ?? 'suspended' };
    };
    await tenants.update(locked.id, change, signal);
  }

  async function erase(id: TenantId, sign: SignReceipt, signal: AbortSignal): Promise<Receipt> {
    const locked = await tenants.update(id, lockOut, signal);
    await wait(noticeMilliseconds, signal);
    const found = await countOnce(locked, signal);
    const records = await destroyData(toRef(locked), signal);
    const receipt = await sign({
      tenant_id: id,
      incarnation_erased: sha256Hex(`${id}.${locked.incarnation}`),
      erased: { ...found, state_records: records },
      verified_at: toIsoTime(now()),
    });
    await renew(locked, signal);
    return receipt;
  }

  return async (actor: Actor, id: TenantId, signal: AbortSignal): Promise<Receipt> => {
    requirePermission(actor, 'tenants:erase');
    checkMention(actor, 'path', id);
    const account = accountOf(await requireKnown(tenants, id, signal));
    if (!signReceipt) throw new ApiError('internal', 'No key is configured that could sign a receipt');
    const change = { action: 'tenant.erase', target: id, account };
    return audit.during(actor, change, (held) => erase(id, signReceipt, held), signal);
  };
}
