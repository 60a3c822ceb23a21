import { LRUCache } from 'lru-cache';
import { ApiError } from '#lib/core/api-error.ts';
import type { Clock } from '#lib/core/clock.ts';
import { createOnce } from '#lib/core/once.ts';
import { toRefText, type TenantRef } from '#lib/tenancy/state-key.ts';
import { unlessMissing, statusOf, typeOf } from './errors.ts';
import { createManage, engineTimeouts, managing } from './manage.ts';
import {
  firstVersionOf,
  toAlias,
  toIndexName,
  toLedgerId,
  toRestoreAlias,
  toTargetAlias,
  toTenantAlias,
} from './names.ts';
import { createPrepareEngine } from './prepare-engine.ts';
import { schemaVersion, toIndexBody, type VectorSpace } from './schema.ts';
import { readTenantIndices, type TenantIndex } from './tenant-index.ts';
import type { Transport } from './transport.ts';

/** The tenants' indices, managed by the platform's own user. */
export interface Indices {
  /** Template and pipelines, once a process, or again where they turned out to be missing. */
  prepare(signal: AbortSignal, again?: boolean): Promise<void>;
  /** What the tenant reads and writes, as it was some seconds ago at most. */
  find(tenant: TenantRef, signal: AbortSignal): Promise<TenantIndex | undefined>;
  /** Has the next `find` look anew. */
  refresh(tenant: TenantRef): void;
  /** Every index of the tenant's name, in the order of their versions. */
  list(tenantId: string, signal: AbortSignal): Promise<TenantIndex[]>;
  /** Makes the index where there is none. Throws `tenant_unknown` for an incarnation that has ended. */
  ensure(tenant: TenantRef, signal: AbortSignal): Promise<void>;
  /** An index that is to be filled by the target alias. */
  createTarget(tenant: TenantRef, version: number, signal: AbortSignal): Promise<TenantIndex>;
  /** Gives an index the alias by which its ledger is found before it is in its place. */
  markRestored(tenant: TenantRef, index: string, signal: AbortSignal): Promise<void>;
  /** A ledger behind the alias. Nothing happens where it has one. */
  createLedger(tenant: TenantRef, alias: string, entries: readonly object[], signal: AbortSignal): Promise<void>;
  /** Puts the target in the place of the others, at once. */
  putInPlace(tenant: TenantRef, target: string, replaced: readonly TenantIndex[], signal: AbortSignal): Promise<void>;
  remove(index: string, signal: AbortSignal): Promise<void>;
  /** Whether the index has the present form and is made for the present embedder's vectors. */
  isCurrent(index: TenantIndex): boolean;
}

interface IndicesDeps {
  transport: Transport;
  vectors: VectorSpace | undefined;
  knnEngine: string;
  replicas: number;
  /** Whether this is the incarnation that the tenant has now. */
  confirm: (tenant: TenantRef, signal: AbortSignal) => Promise<boolean>;
  now: Clock;
  /** Milliseconds for which an index is thought to be as it was; each time looked at where it is not set. */
  freshMilliseconds?: number;
}

export function createIndices(deps: IndicesDeps): Indices {
  const { transport, vectors, knnEngine, replicas, confirm, now, freshMilliseconds = 0 } = deps;
  const known = new LRUCache<string, { index: TenantIndex; until: number }>({ max: 2_000 });
  const manage = createManage(transport);
  const preparation = createOnce(createPrepareEngine(manage, { replicas }));

  async function prepare(signal: AbortSignal, again = false): Promise<void> {
    if (again) preparation.forget();
    await preparation.run(signal);
  }

  const read = (names: string, tenantId: string, signal: AbortSignal) =>
    readTenantIndices(manage, { names, tenantId }, signal);
  const list = (tenantId: string, signal: AbortSignal) => read(`${toTenantAlias(tenantId)}.v*`, tenantId, signal);

  async function create(
    tenant: TenantRef,
    version: number,
    aliases: readonly string[],
    signal: AbortSignal,
  ): Promise<TenantIndex> {
    const { incarnation, tenantId } = tenant;
    const name = toIndexName(tenantId, version);
    try {
      await manage(
        { method: 'PUT', path: `/${name}`, body: toIndexBody({ aliases, incarnation, vectors, knnEngine }) },
        signal,
      );
    } catch (error) {
      // Two first writes at once: the other one made it.
      if (typeOf(error) !== 'resource_already_exists_exception') throw error;
    }
    const isLive = aliases.includes(toTenantAlias(tenantId));
    return { name, version, aliases, isLive, schema: schemaVersion, incarnation, embedder: vectors?.embedder ?? null };
  }

  async function createLedger(
    tenant: TenantRef,
    alias: string,
    entries: readonly object[],
    signal: AbortSignal,
  ): Promise<void> {
    const { tenantId: tenant_id, incarnation } = tenant;
    const path = `/${alias}/_create/${toLedgerId(tenant)}`;
    const query = { require_alias: 'true', timeout: engineTimeouts.timeout };
    const body = { kind: 'ledger', tenant_id, incarnation, entries };
    try {
      await transport.send(tenant, { method: 'PUT', path, query, body }, managing, signal);
    } catch (error) {
      if (statusOf(error) !== 409) throw error;
    }
  }

  const remove = async (index: string, signal: AbortSignal) => {
    await unlessMissing(manage({ method: 'DELETE', path: `/${index}` }, signal));
  };

  const changeAliases = (actions: readonly object[], signal: AbortSignal) =>
    manage({ method: 'POST', path: '/_aliases', body: { actions } }, signal);

  const refresh = (tenant: TenantRef) => void known.delete(toRefText(tenant));

  return {
    prepare,
    list,
    createLedger,
    remove,
    refresh,
    async find(tenant, signal) {
      const recent = known.get(toRefText(tenant));
      if (recent && now() < recent.until) return recent.index;
      const [index] = await read(toAlias(tenant), tenant.tenantId, signal);
      if (index) known.set(toRefText(tenant), { index, until: now() + freshMilliseconds });
      return index;
    },
    async ensure(tenant, signal) {
      await prepare(signal);
      if (!(await confirm(tenant, signal))) throw new ApiError('tenant_unknown');
      const existing = await list(tenant.tenantId, signal);
      if (!existing.some(({ isLive, incarnation }) => isLive && incarnation === tenant.incarnation)) {
        // What an earlier incarnation has left; its own removal may have failed half-way.
        for (const { name, incarnation } of existing)
          if (incarnation !== tenant.incarnation) await remove(name, signal);
        const aliases = [toTenantAlias(tenant.tenantId), toAlias(tenant)];
        const { name } = await create(tenant, firstVersionOf(tenant.incarnation), aliases, signal);
        // An incarnation that ended meanwhile was dropped before there was this index: nothing may be written to it.
        if (!(await confirm(tenant, signal))) {
          await remove(name, signal);
          throw new ApiError('tenant_unknown');
        }
      }
      await createLedger(tenant, toAlias(tenant), [], signal);
    },
    createTarget: (tenant, version, signal) => create(tenant, version, [toTargetAlias(tenant)], signal),
    async markRestored(tenant, index, signal) {
      await changeAliases([{ add: { index, alias: toRestoreAlias(tenant) } }], signal);
    },
    async putInPlace(tenant, target, replaced, signal) {
      const aliases = [toTenantAlias(tenant.tenantId), toAlias(tenant)];
      const had = (await read(target, tenant.tenantId, signal))[0]?.aliases ?? [];
      const actions = [
        ...replaced.flatMap(({ name: index, aliases: theirs }) =>
          theirs.map((alias) => ({ remove: { index, alias } })),
        ),
        ...had.map((alias) => ({ remove: { index: target, alias } })),
        ...aliases.map((alias) => ({ add: { index: target, alias } })),
      ];
      await changeAliases(actions, signal);
      refresh(tenant);
    },
    isCurrent: ({ schema, embedder }) => schema >= schemaVersion && embedder === (vectors?.embedder ?? null),
  };
}
