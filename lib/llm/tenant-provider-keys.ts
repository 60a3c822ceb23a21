import { LRUCache } from 'lru-cache';
import { ApiError } from '#lib/core/api-error.ts';
import { toIsoTime, type Clock } from '#lib/core/clock.ts';
import { createCachedRecords } from '#lib/state/cached-records.ts';
import type { StateStore } from '#lib/state/store.ts';
import { tenantCollection, type StateKey, type TenantRef } from '#lib/tenancy/state-key.ts';
import { createProviderKeyCipher } from './provider-key-cipher.ts';
import { parseProviderKeyRecord, toHint, type ProviderKeyRecord } from './provider-key-record.ts';

/** Most keys of one tenant. */
const maxProviderKeys = 50;

/** The API keys with which a tenant's calls of models are made at its own expense. Gone with the tenant's incarnation. */
export interface TenantProviderKeys {
  /**
   * `undefined` where the tenant has none for the provider, or no secret is configured. Another process's change is
   * seen within half a second; while the store does not answer, what was last seen holds for 15 minutes.
   * Throws `state_unavailable`, `internal` where the key can't be opened: the platform's own never takes its place.
   */
  find(tenant: TenantRef, providerId: string, signal: AbortSignal): Promise<string | undefined>;
  /** Throws `conflict` where no secret is configured, at 50 keys, and when others change it. */
  save(tenant: TenantRef, providerId: string, apiKey: string, signal: AbortSignal): Promise<void>;
  list(tenant: TenantRef, signal: AbortSignal): Promise<ProviderKeyRecord[]>;
  /** False where there was none. */
  remove(tenant: TenantRef, providerId: string, signal: AbortSignal): Promise<boolean>;
}

interface TenantProviderKeysDeps {
  store: StateStore;
  /** By id. The first encrypts, all decrypt. */
  secrets: ReadonlyMap<string, Uint8Array> | undefined;
  now: Clock;
  randomBytes: (size: number) => Uint8Array;
}

const freshFor = 500;
const staleFor = 15 * 60 * 1_000;
const maxAbsent = 10_000;

const keysOf = (tenant: TenantRef) => tenantCollection(tenant, 'provider_key');
const isUnavailable = (error: unknown): boolean => error instanceof ApiError && error.code === 'state_unavailable';

export function createTenantProviderKeys(deps: TenantProviderKeysDeps): TenantProviderKeys {
  const { store, secrets = new Map<string, Uint8Array>(), now, randomBytes } = deps;
  const records = createCachedRecords({ store, parse: parseProviderKeyRecord, now });
  const cipher = createProviderKeyCipher({ secrets, randomBytes });
  /** When the store said so. Most tenants have no keys: what is missing is kept as what is there. */
  const absent = new LRUCache<StateKey, number>({ max: maxAbsent });

  function isAbsent(key: StateKey, milliseconds: number): boolean {
    const age = now() - (absent.get(key) ?? Number.NEGATIVE_INFINITY);
    return age >= 0 && age < milliseconds;
  }

  async function findRecord(key: StateKey, signal: AbortSignal): Promise<ProviderKeyRecord | undefined> {
    if (isAbsent(key, freshFor)) return undefined;
    const askedAt = now();
    try {
      const found = await records.recent(key, signal);
      if (found) absent.delete(key);
      else absent.set(key, askedAt);
      return found?.record;
    } catch (error) {
      if (isUnavailable(error) && isAbsent(key, staleFor)) return undefined;
      throw error;
    }
  }

  const list = async (tenant: TenantRef, signal: AbortSignal): Promise<ProviderKeyRecord[]> =>
    (await store.list(keysOf(tenant), { limit: maxProviderKeys }, signal)).map(({ value }) =>
      parseProviderKeyRecord(value),
    );

  return {
    async find(tenant, providerId, signal) {
      if (secrets.size === 0) return undefined;
      const record = await findRecord(keysOf(tenant).key(providerId), signal);
      if (!record) return undefined;
      try {
        return cipher.open(tenant, providerId, record.sealed);
      } catch (cause) {
        throw new ApiError('internal', undefined, { cause });
      }
    },
    async save(tenant, providerId, apiKey, signal) {
      if (secrets.size === 0) throw new ApiError('conflict', 'This platform is not set up to keep keys of providers');
      const key = keysOf(tenant).key(providerId);
      const { version } = (await records.latest(key, signal)) ?? { version: 0 };
      if (version === 0 && (await list(tenant, signal)).length >= maxProviderKeys) {
        throw new ApiError('conflict', `A tenant may have at most ${maxProviderKeys} keys of providers`);
      }
      const record: ProviderKeyRecord = {
        provider: providerId,
        created_at: toIsoTime(now()),
        hint: toHint(apiKey),
        sealed: cipher.seal(tenant, providerId, apiKey),
      };
      const isWritten = await records.write(key, record, version, signal);
      absent.delete(key);
      if (!isWritten) throw new ApiError('conflict', 'The key is being changed by others');
    },
    list,
    remove: (tenant, providerId, signal) => records.remove(keysOf(tenant).key(providerId), signal),
  };
}
