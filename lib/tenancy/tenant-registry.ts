import * as v from 'valibot';
import { ApiError } from '#lib/core/api-error.ts';
import { toIsoTime, type Clock } from '#lib/core/clock.ts';
import { createCachedRecords } from '#lib/state/cached-records.ts';
import type { StateStore } from '#lib/state/store.ts';
import { platformCollection } from './state-key.ts';
import { parseTenantId, type TenantId } from './tenant-id.ts';
import { createIncarnation, TenantRecordSchema, type TenantRecord, type TenantSettings } from './tenant.ts';

/** Which tenants there are. Deleted ones are remembered, so that an old token can't bring one back. */
export interface TenantRegistry {
  /**
   * Active, suspended or deleted; `undefined` if there never was one. Another process's change is seen within
   * half a second, one's own at once; while the store does not answer, the tenant is as it was last seen.
   */
  find(id: TenantId, signal: AbortSignal): Promise<TenantRecord | undefined>;
  /** Whether this is the tenant's incarnation at this very moment. */
  isCurrent(id: string, incarnation: string, signal: AbortSignal): Promise<boolean>;
  /** Throws `conflict` where the tenant exists. */
  create(id: TenantId, settings: TenantSettings, signal: AbortSignal): Promise<TenantRecord>;
  /** Applies `change` to the latest version. Throws `not_found`. */
  update(id: TenantId, change: (record: TenantRecord) => TenantRecord, signal: AbortSignal): Promise<TenantRecord>;
  /** In the order of their ids, deleted ones included: a page of `limit` may show fewer. */
  list(page: { after?: string; limit: number }, signal: AbortSignal): Promise<TenantRecord[]>;
}

interface RegistryDeps {
  store: StateStore;
  now: Clock;
  randomBytes: (size: number) => Uint8Array;
}

const tenants = platformCollection('tenant');
const maxAttempts = 8;
const parse = (value: string): TenantRecord => v.parse(TenantRecordSchema, JSON.parse(value));

export function createTenantRegistry({ store, now, randomBytes }: RegistryDeps): TenantRegistry {
  const records = createCachedRecords({ store, parse, now });

  async function read(id: TenantId, signal: AbortSignal) {
    const found = await records.latest(tenants.key(id), signal);
    return { version: found?.version ?? 0, record: found?.record };
  }

  const write = (record: TenantRecord, version: number, signal: AbortSignal): Promise<boolean> =>
    records.write(tenants.key(record.id), record, version, signal);

  return {
    find: async (id, signal) => (await records.recent(tenants.key(id), signal))?.record,
    async isCurrent(id, incarnation, signal) {
      const tenantId = parseTenantId(id);
      const { record } = tenantId ? await read(tenantId, signal) : {};
      return record?.status === 'active' && record.incarnation === incarnation;
    },
    async create(id, settings, signal) {
      const { version, record: earlier } = await read(id, signal);
      if (earlier && earlier.status !== 'deleted') throw new ApiError('conflict', 'The tenant exists already');
      const time = toIsoTime(now());
      const record: TenantRecord = {
        ...settings,
        ...createIncarnation(randomBytes),
        id,
        status: 'active',
        tokens_not_before: earlier ? Math.floor(now() / 1000) : 0,
        created_at: time,
        updated_at: time,
      };
      if (!(await write(record, version, signal))) throw new ApiError('conflict', 'The tenant exists already');
      return record;
    },
    async update(id, change, signal) {
      for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
        const { version, record } = await read(id, signal);
        if (!record || record.status === 'deleted') throw new ApiError('not_found');
        const changed = { ...change(record), updated_at: toIsoTime(now()) };
        if (await write(changed, version, signal)) return changed;
      }
      throw new ApiError('conflict', 'The tenant is being changed by others');
    },
    async list(page, signal) {
      const rows = await store.list(tenants, page, signal);
      return rows.map(({ value }) => parse(value));
    },
  };
}
