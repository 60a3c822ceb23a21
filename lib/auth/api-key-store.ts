import * as v from 'valibot';
import type { Clock } from '#lib/core/clock.ts';
import { createCachedRecords, type VersionedRecord } from '#lib/state/cached-records.ts';
import type { StateStore } from '#lib/state/store.ts';
import { tenantCollection, type TenantRef } from '#lib/tenancy/state-key.ts';
import { ApiKeyRecordSchema, type ApiKeyRecord } from './api-key.ts';

/** Most keys of one tenant. */
export const maxApiKeys = 500;

/** The API keys of each tenant's present incarnation. */
export interface ApiKeyStore {
  /**
   * For checking a credential: another process's revocation is seen within half a second, one's own at once;
   * while the store does not answer, the key is as it was last seen.
   */
  find(tenant: TenantRef, id: string, signal: AbortSignal): Promise<ApiKeyRecord | undefined>;
  /** For changing it: the key as it is in the store. */
  findLatest(tenant: TenantRef, id: string, signal: AbortSignal): Promise<VersionedRecord<ApiKeyRecord> | undefined>;
  /** False when the record is not at `version` any more; 0 stands for a new one. */
  save(tenant: TenantRef, record: ApiKeyRecord, version: number, signal: AbortSignal): Promise<boolean>;
  list(tenant: TenantRef, signal: AbortSignal): Promise<ApiKeyRecord[]>;
  remove(tenant: TenantRef, id: string, signal: AbortSignal): Promise<boolean>;
  removeAll(tenant: TenantRef, signal: AbortSignal): Promise<number>;
}

const keysOf = (tenant: TenantRef) => tenantCollection(tenant, 'api_key');
const parse = (value: string): ApiKeyRecord => v.parse(ApiKeyRecordSchema, JSON.parse(value));

export function createApiKeyStore(store: StateStore, now: Clock): ApiKeyStore {
  const records = createCachedRecords({ store, parse, now });
  return {
    find: async (tenant, id, signal) => (await records.recent(keysOf(tenant).key(id), signal))?.record,
    findLatest: (tenant, id, signal) => records.latest(keysOf(tenant).key(id), signal),
    save: (tenant, record, version, signal) => records.write(keysOf(tenant).key(record.id), record, version, signal),
    async list(tenant, signal) {
      const rows = await store.list(keysOf(tenant), { limit: maxApiKeys }, signal);
      return rows.map((row) => parse(row.value));
    },
    remove: (tenant, id, signal) => records.remove(keysOf(tenant).key(id), signal),
    removeAll: (tenant, signal) => records.removeAll(keysOf(tenant), signal),
  };
}
