import { LRUCache } from 'lru-cache';
import * as v from 'valibot';
import { ApiError } from '#lib/core/api-error.ts';
import { toIsoTime, type Clock } from '#lib/core/clock.ts';
import type { StateRecord, StateStore } from '#lib/state/store.ts';
import { platformCollection } from './state-key.ts';
import type { TenantId } from './tenant-id.ts';
import { TenantRecordSchema, type TenantRecord, type TenantSettings } from './tenant.ts';

/** Which tenants there are. Deleted ones are remembered, so that an old token can't bring one back. */
export interface TenantRegistry {
  /** Active, suspended or deleted; `undefined` if there never was one. */
  find(id: TenantId, signal: AbortSignal): Promise<TenantRecord | undefined>;
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
/** A change made by another process is seen after so many milliseconds at most; one of our own at once. */
const freshFor = 500;
const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

export function createTenantRegistry({ store, now, randomBytes }: RegistryDeps): TenantRegistry {
  // Parsing is the larger part of a look-up; a record that did not change is parsed once.
  const parsed = new LRUCache<string, { value: string; record: TenantRecord }>({ max: 1_000 });
  const recent = new LRUCache<string, { record: TenantRecord; until: number }>({ max: 1_000 });

  function parse(id: string, { value }: StateRecord): TenantRecord {
    const known = parsed.get(id);
    if (known?.value === value) return known.record;
    const record = v.parse(TenantRecordSchema, JSON.parse(value));
    parsed.set(id, { value, record });
    return record;
  }

  async function read(id: TenantId, signal: AbortSignal) {
    const stored = await store.get(tenants.key(id), signal);
    return { version: stored?.version ?? 0, record: stored && parse(id, stored) };
  }

  async function write(record: TenantRecord, version: number, signal: AbortSignal): Promise<boolean> {
    const isWritten = await store.put(tenants.key(record.id), JSON.stringify(record), { ifVersion: version }, signal);
    recent.delete(record.id);
    return isWritten;
  }

  return {
    async find(id, signal) {
      const known = recent.get(id);
      if (known && now() < known.until) return known.record;
      const { record } = await read(id, signal);
      if (record) recent.set(id, { record, until: now() + freshFor });
      return record;
    },
    async create(id, settings, signal) {
      const { version, record: earlier } = await read(id, signal);
      if (earlier && earlier.status !== 'deleted') throw new ApiError('conflict', 'The tenant exists already');
      const time = toIsoTime(now());
      const record: TenantRecord = {
        ...settings,
        id,
        incarnation: base64url(randomBytes(9)),
        status: 'active',
        signing_key: base64url(randomBytes(32)),
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
      return rows.map((row) => parse(row.id, row));
    },
  };
}
