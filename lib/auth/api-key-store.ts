import * as v from 'valibot';
import type { StateStore } from '#lib/state/store.ts';
import { tenantCollection, type TenantRef } from '#lib/tenancy/state-key.ts';
import { ApiKeyRecordSchema, type ApiKeyRecord } from './api-key.ts';

/** Most keys of one tenant. */
export const maxApiKeys = 500;

/** The API keys of each tenant's present incarnation. */
export interface ApiKeyStore {
  find(
    tenant: TenantRef,
    id: string,
    signal: AbortSignal,
  ): Promise<{ record: ApiKeyRecord; version: number } | undefined>;
  /** False when the record is not at `version` any more; 0 stands for a new one. */
  save(tenant: TenantRef, record: ApiKeyRecord, version: number, signal: AbortSignal): Promise<boolean>;
  list(tenant: TenantRef, signal: AbortSignal): Promise<ApiKeyRecord[]>;
  remove(tenant: TenantRef, id: string, signal: AbortSignal): Promise<boolean>;
  removeAll(tenant: TenantRef, signal: AbortSignal): Promise<number>;
}

const keysOf = (tenant: TenantRef) => tenantCollection(tenant, 'api_key');
const parse = (value: string): ApiKeyRecord => v.parse(ApiKeyRecordSchema, JSON.parse(value));

export const createApiKeyStore = (store: StateStore): ApiKeyStore => ({
  async find(tenant, id, signal) {
    const stored = await store.get(keysOf(tenant).key(id), signal);
    return stored && { record: parse(stored.value), version: stored.version };
  },
  save: (tenant, record, version, signal) =>
    store.put(keysOf(tenant).key(record.id), JSON.stringify(record), { ifVersion: version }, signal),
  async list(tenant, signal) {
    const rows = await store.list(keysOf(tenant), { limit: maxApiKeys }, signal);
    return rows.map((row) => parse(row.value));
  },
  remove: (tenant, id, signal) => store.delete(keysOf(tenant).key(id), signal),
  removeAll: (tenant, signal) => store.clear(keysOf(tenant), signal),
});
