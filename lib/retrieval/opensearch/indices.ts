import { LRUCache } from 'lru-cache';
import * as v from 'valibot';
import { ApiError } from '#lib/core/api-error.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { isMissing, statusOf, typeOf } from './errors.ts';
import { toAlias, toIndexName, toLedgerId, versionOf } from './names.ts';
import { indexTemplate, pipelines, schemaVersion, templateName, toIndexBody, type VectorSpace } from './schema.ts';
import type { EngineCall, Transport } from './transport.ts';

export interface TenantIndex {
  name: string;
  version: number;
  isAliased: boolean;
  schema: number;
  incarnation: string;
  embedder: string | null;
}

/** The tenants' indices, managed by the platform's own user. */
export interface Indices {
  /** Template and pipelines, once a process. */
  prepare(signal: AbortSignal): Promise<void>;
  /** What stands behind the tenant's alias, as it was some seconds ago at most. */
  find(tenant: TenantRef, signal: AbortSignal): Promise<TenantIndex | undefined>;
  /** Every index of the tenant's name, in the order of their versions. */
  list(tenant: TenantRef, signal: AbortSignal): Promise<TenantIndex[]>;
  /** Makes the index where there is none. Throws `tenant_unknown` for an incarnation that has ended. */
  ensure(tenant: TenantRef, signal: AbortSignal): Promise<void>;
  create(tenant: TenantRef, version: number, isAliased: boolean, signal: AbortSignal): Promise<TenantIndex>;
  /** An empty ledger in the index. Nothing happens where it has one. */
  createLedger(tenant: TenantRef, index: string, signal: AbortSignal): Promise<void>;
  /** Points the alias from one index to another at once. */
  swap(tenant: TenantRef, from: string, to: string, signal: AbortSignal): Promise<void>;
  remove(index: string, signal: AbortSignal): Promise<void>;
  /** Whether the index has the present form and holds the present embedder's vectors. */
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
}

/** Creating an index takes seconds on a busy cluster. */
const options = { timeout: 20_000, tries: 2 };
const freshFor = 10_000;

const Meta = v.object({
  schema: v.number(),
  incarnation: v.string(),
  embedder: v.nullable(v.string()),
});
const IndexAnswer = v.record(
  v.string(),
  v.object({
    aliases: v.optional(v.record(v.string(), v.unknown()), {}),
    mappings: v.object({ _meta: v.optional(Meta) }),
  }),
);
const Templates = v.object({
  index_templates: v.array(v.object({ index_template: v.object({ version: v.optional(v.number(), 0) }) })),
});

async function unlessMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export function createIndices({ transport, vectors, knnEngine, replicas, confirm, now }: IndicesDeps): Indices {
  const known = new LRUCache<string, { index: TenantIndex; until: number }>({ max: 2_000 });
  let prepared: Promise<void> | undefined;

  const manage = (call: EngineCall, signal: AbortSignal) => transport.send('platform', call, options, signal);

  async function prepareTemplate(signal: AbortSignal): Promise<void> {
    const path = `/_index_template/${templateName}`;
    const answer = await unlessMissing(manage({ method: 'GET', path }, signal));
    const version = answer === undefined ? 0 : v.parse(Templates, answer).index_templates[0]?.index_template.version;
    // A newer release may have been here before, and may be rolled back to this one.
    if ((version ?? 0) < schemaVersion)
      await manage({ method: 'PUT', path, body: indexTemplate({ replicas }) }, signal);
  }

  /** A pipeline's name holds its version: what is there under it is the same. */
  async function preparePipeline(name: string, body: object, signal: AbortSignal): Promise<void> {
    const path = `/_search/pipeline/${name}`;
    if ((await unlessMissing(manage({ method: 'GET', path }, signal))) === undefined) {
      await manage({ method: 'PUT', path, body }, signal);
    }
  }

  /** Once a process; the next caller tries again where it failed. */
  async function prepare(signal: AbortSignal): Promise<void> {
    prepared ??= (async () => {
      await Promise.all(Object.entries(pipelines).map(([name, body]) => preparePipeline(name, body, signal)));
      await prepareTemplate(signal);
    })();
    try {
      await prepared;
    } catch (error) {
      prepared = undefined;
      throw error;
    }
  }

  async function read(names: string, alias: string, signal: AbortSignal): Promise<TenantIndex[]> {
    const query = { allow_no_indices: 'true', ignore_unavailable: 'true', filter_path: '*.aliases,*.mappings._meta' };
    const answer = await unlessMissing(manage({ method: 'GET', path: `/${names}`, query }, signal));
    const indices = v.parse(IndexAnswer, answer ?? {});
    return Object.entries(indices)
      .flatMap(([name, { aliases, mappings }]) =>
        mappings._meta ? [{ name, version: versionOf(name), isAliased: alias in aliases, ...mappings._meta }] : [],
      )
      .toSorted((a, b) => a.version - b.version);
  }

  const list = (tenant: TenantRef, signal: AbortSignal) =>
    read(`${toAlias(tenant.tenantId)}.v*`, toAlias(tenant.tenantId), signal);

  async function create(
    tenant: TenantRef,
    version: number,
    isAliased: boolean,
    signal: AbortSignal,
  ): Promise<TenantIndex> {
    const { incarnation, tenantId } = tenant;
    const name = toIndexName(tenantId, version);
    const body = toIndexBody({ alias: toAlias(tenantId), incarnation, vectors, knnEngine }, isAliased);
    try {
      await manage({ method: 'PUT', path: `/${name}`, body }, signal);
    } catch (error) {
      // Two first writes at once: the other one made it.
      if (typeOf(error) !== 'resource_already_exists_exception') throw error;
    }
    return { name, version, isAliased, schema: schemaVersion, incarnation, embedder: vectors?.embedder ?? null };
  }

  async function createLedger(tenant: TenantRef, index: string, signal: AbortSignal): Promise<void> {
    const { tenantId: tenant_id, incarnation } = tenant;
    const path = `/${index}/_create/${toLedgerId(tenant)}`;
    const body = { kind: 'ledger', tenant_id, incarnation, entries: [] };
    try {
      await transport.send(tenant, { method: 'PUT', path, body }, options, signal);
    } catch (error) {
      if (statusOf(error) !== 409) throw error;
    }
  }

  const remove = async (index: string, signal: AbortSignal) => {
    await unlessMissing(manage({ method: 'DELETE', path: `/${index}` }, signal));
  };

  return {
    prepare,
    list,
    create,
    createLedger,
    remove,
    async find(tenant, signal) {
      const key = `${tenant.tenantId}.${tenant.incarnation}`;
      const recent = known.get(key);
      if (recent && now() < recent.until) return recent.index;
      const alias = toAlias(tenant.tenantId);
      const index = (await read(alias, alias, signal)).find(({ incarnation }) => incarnation === tenant.incarnation);
      if (index) known.set(key, { index, until: now() + freshFor });
      return index;
    },
    async ensure(tenant, signal) {
      await prepare(signal);
      if (!(await confirm(tenant, signal))) throw new ApiError('tenant_unknown');
      const existing = await list(tenant, signal);
      let current = existing.find(({ isAliased, incarnation }) => isAliased && incarnation === tenant.incarnation);
      if (!current) {
        // What an earlier incarnation has left; its own removal may have failed half-way.
        for (const { name, incarnation } of existing)
          if (incarnation !== tenant.incarnation) await remove(name, signal);
        current = await create(tenant, (existing.at(-1)?.version ?? 0) + 1, true, signal);
        // An incarnation that ended meanwhile was dropped before there was this index: nothing may be written to it.
        if (!(await confirm(tenant, signal))) throw new ApiError('tenant_unknown');
      }
      await createLedger(tenant, current.name, signal);
    },
    async swap(tenant, from, to, signal) {
      const alias = toAlias(tenant.tenantId);
      const actions = [{ remove: { index: from, alias } }, { add: { index: to, alias } }];
      await manage({ method: 'POST', path: '/_aliases', body: { actions } }, signal);
      known.delete(`${tenant.tenantId}.${tenant.incarnation}`);
    },
    isCurrent: ({ schema, embedder }) => schema >= schemaVersion && embedder === (vectors?.embedder ?? null),
  };
}
