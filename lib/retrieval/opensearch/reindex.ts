import { setTimeout as wait } from 'node:timers/promises';
import { ApiError } from '#lib/core/api-error.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { Embed, ReindexProgress } from '../engine.ts';
import { createCopyDocuments } from './copy-documents.ts';
import { holdWrites } from './hold-writes.ts';
import type { Indices } from './indices.ts';
import type { TenantIndex } from './tenant-index.ts';
import { graceMilliseconds } from './ledger-scripts.ts';
import type { Ledger } from './ledger.ts';
import { toTargetAlias } from './names.ts';
import { refitVectors } from './refit-vectors.ts';
import type { VectorSpace } from './schema.ts';
import type { Sweeper } from './sweeper.ts';
import type { Transport } from './transport.ts';
import type { Writer } from './write-documents.ts';
import { createWriteId } from './write-id.ts';

interface ReindexDeps {
  transport: Transport;
  ledger: Ledger;
  indices: Indices;
  sweeper: Sweeper;
  writer: Writer;
  vectors: VectorSpace | undefined;
  /** Milliseconds for which other processes take an index for what it was. */
  freshMilliseconds: number;
}

export type Reindex = (
  tenant: TenantRef,
  embed: Embed | undefined,
  signal: AbortSignal,
) => AsyncGenerator<ReindexProgress>;

/** The last pass is made while no write may begin: it should have little to do. */
const smallPass = 20;
const maxPasses = 20;

/**
 * Copies the tenant's rows into a new index of the present form, with the present embedder's vectors,
 * pass after pass until little is left; holds new writes back for the last one; then points the aliases
 * to it. Rows keep their writes' ids, so that what was copied is known, also to a later run.
 */
export function createReindex(deps: ReindexDeps): Reindex {
  const { transport, ledger, indices, sweeper, writer, vectors, freshMilliseconds } = deps;
  const copies = createCopyDocuments({ transport, vectors });

  /** Yields after each document; gives how many were copied. */
  async function* copyMissing(
    tenant: TenantRef,
    embed: Embed | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<ReindexProgress, number> {
    let seen = 0;
    let copied = 0;
    for await (const { writes, total } of copies.documents(tenant, signal)) {
      const there = await copies.findCopied(tenant, writes, signal);
      for (const write of writes) {
        seen += 1;
        if (there.has(write)) continue;
        await copies.copy(tenant, write, embed, signal);
        copied += 1;
        yield { done: seen, total: Math.max(total, seen) };
      }
    }
    return copied;
  }

  /** The index of an earlier run that was ended, or a new one. */
  async function findTarget(tenant: TenantRef, source: TenantIndex, signal: AbortSignal): Promise<TenantIndex> {
    const others = (await indices.list(tenant.tenantId, signal)).filter(
      ({ name, incarnation }) => name !== source.name && incarnation === tenant.incarnation,
    );
    const alias = toTargetAlias(tenant);
    const begun = others.find((index) => indices.isCurrent(index) && index.aliases.includes(alias));
    for (const { name } of others) if (name !== begun?.name) await indices.remove(name, signal);
    const version = Math.max(source.version, ...others.map((index) => index.version)) + 1;
    return begun ?? indices.createTarget(tenant, version, signal);
  }

  /** The last pass, and the change: while it lasts, what is to be copied does not become more. */
  async function finish(
    tenant: TenantRef,
    { source, target }: { source: TenantIndex; target: TenantIndex },
    embed: Embed | undefined,
    signal: AbortSignal,
  ): Promise<ReindexProgress[]> {
    const by = createWriteId(Date.now());
    return holdWrites(
      ledger,
      tenant,
      by,
      async ({ confirm }) => {
        // What the ledger hides is deleted first: searches that are under way still look into this index by that ledger.
        await wait(graceMilliseconds + 500, undefined, { signal });
        await sweeper.sweep(tenant, signal);
        const progress = await Array.fromAsync(copyMissing(tenant, embed, signal));
        await copies.removeGone(tenant, signal);
        // Rows of writes that were given up may arrive late, and by the alias in the new index.
        await indices.createLedger(tenant, toTargetAlias(tenant), await confirm(), signal);
        await confirm();
        await indices.putInPlace(tenant, target.name, [source], signal);
        return progress;
      },
      signal,
    );
  }

  async function* refit(
    tenant: TenantRef,
    embed: Embed | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<ReindexProgress> {
    if (!vectors || !embed) return;
    let done = 0;
    for await (const _ of refitVectors({ transport, writer, vectors }, tenant, embed, signal)) {
      done += 1;
      yield { done, total: done };
    }
  }

  return async function* reindex(tenant, embed, signal) {
    await indices.prepare(signal);
    if (vectors && !embed) throw new ApiError('internal', undefined, { cause: new Error('No embedder was given') });
    const all = await indices.list(tenant.tenantId, signal);
    const source = all.find(({ isLive, incarnation }) => isLive && incarnation === tenant.incarnation);
    if (!source) return;
    if (indices.isCurrent(source)) {
      // What a run has left that ended right after the change.
      const left = all.filter(({ name, incarnation }) => name !== source.name && incarnation === tenant.incarnation);
      for (const { name } of left) await indices.remove(name, signal);
      yield* refit(tenant, embed, signal);
      return;
    }
    const target = await findTarget(tenant, source, signal);
    for (let pass = 1; pass <= maxPasses; pass += 1) {
      const copied = yield* copyMissing(tenant, embed, signal);
      if (copied <= smallPass) break;
    }
    yield* await finish(tenant, { source, target }, embed, signal);
    // Searches that had found the old index by its alias are still looking into it.
    await wait(graceMilliseconds, undefined, { signal });
    await indices.remove(source.name, signal);
    if (!vectors) return;
    // For so long other processes take the old index for the present one, and leave vectors out.
    await wait(freshMilliseconds, undefined, { signal });
    yield* refit(tenant, embed, signal);
  };
}
