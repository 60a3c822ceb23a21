import { LRUCache } from 'lru-cache';
import * as v from 'valibot';
import { ApiError } from '#lib/core/api-error.ts';
import type { Clock } from '#lib/core/clock.ts';
import { toRefText, type TenantRef } from '#lib/tenancy/state-key.ts';
import { unlessMissing, statusOf, typeOf } from './errors.ts';
import {
  firstVersionOf,
  toAlias,
  toIndexName,
  toLedgerId,
  toRestoreAlias,
  toTargetAlias,
  toTenantAlias,
  versionOf,
} from './names.ts';
import { indexTemplate, pipelines, schemaVersion, templateName, toIndexBody, type VectorSpace } from './schema.ts';
import type { EngineCall, Transport } from './transport.ts';

export interface TenantIndex {
  name: string;
  version: number;
  aliases: readonly string[];
  /** In its place: what the tenant reads and writes. */
  isLive: boolean;
  schema: number;
  /** Empty for an index that is none of the platform's making. */
  incarnation: string;
  embedder: string | null;
}

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

/** Creating an index takes seconds on a busy cluster. */
const options = { timeout: 20_000, tries: 2 };
const engineTimeouts = { cluster_manager_timeout: '15s', timeout: '15s' };

const Meta = v.object({
  schema: v.number(),
  incarnation: v.string(),
  embedder: v.nullable(v.string()),
});
const foreign: v.InferOutput<typeof Meta> = { schema: 0, incarnation: '', embedder: null };
const IndexAnswer = v.record(
  v.string(),
  v.object({
    aliases: v.optional(v.record(v.string(), v.unknown()), {}),
    mappings: v.optional(v.object({ _meta: v.optional(Meta, foreign) }), { _meta: foreign }),
  }),
);
const Templates = v.object({
  index_templates: v.array(v.object({ index_template: v.object({ version: v.optional(v.number(), 0) }) })),
});

export function createIndices(deps: IndicesDeps): Indices {
  const { transport, vectors, knnEngine, replicas, confirm, now, freshMilliseconds = 0 } = deps;
  const known = new LRUCache<string, { index: TenantIndex; until: number }>({ max: 2_000 });
  let prepared: Promise<void> | undefined;

  const manage = (call: EngineCall, signal: AbortSignal) => {
    const query = call.method === 'GET' ? call.query : (call.query ?? engineTimeouts);
    return transport.send('platform', { ...call, ...(query ? { query } : {}) }, options, signal);
  };

  async function prepareTemplate(signal: AbortSignal): Promise<void> {
    const path = `/_index_template/${templateName}`;
    const answer = await unlessMissing(manage({ method: 'GET', path }, signal));
    const version = answer === undefined ? 0 : v.parse(Templates, answer).index_templates[0]?.index_template.version;
    // A newer release may have been here before, and may be rolled back to this one.
    if ((version ?? 0) >= schemaVersion) return;
    const { cluster_manager_timeout } = engineTimeouts;
    await manage(
      { method: 'PUT', path, query: { cluster_manager_timeout }, body: indexTemplate({ replicas }) },
      signal,
    );
  }

  async function prepareAll(signal: AbortSignal): Promise<void> {
    // A pipeline's name holds its version: what is there under it is the same.
    for (const [name, body] of Object.entries(pipelines))
      await manage({ method: 'PUT', path: `/_search/pipeline/${name}`, body }, signal);
    await prepareTemplate(signal);
  }

  /** The next caller tries again where it failed. */
  async function prepare(signal: AbortSignal, again = false): Promise<void> {
    if (again) prepared = undefined;
    const running = (prepared ??= prepareAll(signal));
    try {
      await running;
    } catch (error) {
      if (prepared === running) prepared = undefined;
      throw error;
    }
  }

  async function read(names: string, tenantId: string, signal: AbortSignal): Promise<TenantIndex[]> {
    const query = { allow_no_indices: 'true', ignore_unavailable: 'true', filter_path: '*.aliases,*.mappings._meta' };
    const answer = await unlessMissing(manage({ method: 'GET', path: `/${names}`, query }, signal));
    const indices = v.parse(IndexAnswer, answer ?? {});
    return Object.entries(indices)
      .map(([name, { aliases, mappings }]) => {
        const isLive = toTenantAlias(tenantId) in aliases;
        return { name, version: versionOf(name), aliases: Object.keys(aliases), isLive, ...mappings._meta };
      })
      .toSorted((a, b) => a.version - b.version);
  }

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
      await transport.send(tenant, { method: 'PUT', path, query, body }, options, signal);
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
