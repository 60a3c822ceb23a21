import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { ApiError } from '#lib/core/api-error.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { isMissing } from './errors.ts';
import { toAlias, toLedgerId } from './names.ts';
import type { Transport } from './transport.ts';

/** One document's write: its rows carry the id. */
export interface Write {
  id: string;
  document: string;
}

/**
 * One row of each tenant's index says which writes are not to be seen: those under way and those that
 * were replaced, removed or given up. Every query excludes them, so that whole batches appear and
 * disappear with one update of this row, whatever a refresh shows in between. It is also the lock of
 * the documents that are being written.
 */
export interface Ledger {
  /** Locks the documents. False where the tenant has no index yet. Throws `overloaded` where they stay locked. */
  begin(tenant: TenantRef, writes: readonly Write[], signal: AbortSignal): Promise<boolean>;
  /** Keeps the locks. Throws `search_unavailable` where one was lost. */
  extend(tenant: TenantRef, writes: readonly Write[], signal: AbortSignal): Promise<void>;
  /** Shows the writes, in place of the replaced ones, and unlocks their documents. Throws as `extend`. */
  commit(
    tenant: TenantRef,
    change: { shown: readonly Write[]; given: readonly Write[]; replaced: readonly string[] },
    signal: AbortSignal,
  ): Promise<void>;
  /** Unlocks without showing. */
  giveUp(tenant: TenantRef, writes: readonly Write[], signal: AbortSignal): Promise<void>;
  /** Writes whose rows nobody may still be reading. */
  findDead(tenant: TenantRef, signal: AbortSignal): Promise<string[]>;
  /** Called once the rows are gone. */
  forget(tenant: TenantRef, writes: readonly string[], signal: AbortSignal): Promise<void>;
  /** Lets no new write begin for so long, and tells whether any is under way. */
  freeze(tenant: TenantRef, milliseconds: number, signal: AbortSignal): Promise<{ isQuiet: boolean }>;
  /** Gives up all that is under way in an index from a snapshot. False where it has no ledger of the incarnation. */
  release(tenant: TenantRef, index: string, signal: AbortSignal): Promise<boolean>;
}

/** A lock of a process that is gone ends by itself after this. */
export const lockMilliseconds = 30_000;
/** Longer than any search takes: one that has read the ledger before still finds the rows it looks for. */
export const graceMilliseconds = 3_000;
const patienceMilliseconds = 35_000;
const callMilliseconds = 5_000;

/**
 * Each entry: the write, its document, whether its rows are still being written, and since when, by the
 * engine's clock. The engine runs one script at a time on the row.
 */
const scripts = {
  begin: `
    if (ctx._source.frozen_until != null && ctx._source.frozen_until > ctx._now) { ctx.op = 'none'; return; }
    Map locked = new HashMap();
    for (e in ctx._source.entries) { if (e.open) { locked.put(e.document, e); } }
    for (w in params.writes) {
      def e = locked.get(w.document);
      if (e != null && e.write != w.id && e.at > ctx._now - params.lock) { ctx.op = 'none'; return; }
    }
    for (w in params.writes) {
      def e = locked.get(w.document);
      if (e != null && e.write == w.id) { continue; }
      if (e != null) { e.open = false; e.at = ctx._now; }
      ctx._source.entries.add(['write': w.id, 'document': w.document, 'open': true, 'at': ctx._now]);
    }`,
  /** Does nothing at all where one of the writes was lost: closed by another, or silent for too long. */
  change: `
    Set own = new HashSet(params.own);
    int open = 0;
    for (e in ctx._source.entries) { if (e.open && own.contains(e.write) && e.at > ctx._now - 2 * params.lock) { open++; } }
    if (open < own.size()) { ctx.op = 'none'; return; }
    Set shown = new HashSet(params.shown);
    List kept = new ArrayList();
    for (e in ctx._source.entries) {
      if (shown.contains(e.write)) { continue; }
      if (own.contains(e.write)) { e.at = ctx._now; e.open = params.open; }
      kept.add(e);
    }
    for (w in params.replaced) { kept.add(['write': w, 'document': '', 'open': false, 'at': ctx._now]); }
    ctx._source.entries = kept;`,
  giveUp: `
    Set own = new HashSet(params.own);
    for (e in ctx._source.entries) { if (e.open && own.contains(e.write)) { e.open = false; e.at = ctx._now; } }`,
  /** Marks what nobody can be reading or writing any more. */
  markDead: `
    int marked = 0;
    for (e in ctx._source.entries) {
      if (e.at < ctx._now - (e.open ? 4 * params.lock : params.grace)) { e.dead = true; e.open = false; marked++; }
    }
    if (marked == 0) { ctx.op = 'none'; }`,
  forget: `
    Set gone = new HashSet(params.gone);
    ctx._source.entries.removeIf(e -> gone.contains(e.write));`,
  freeze: `ctx._source.frozen_until = ctx._now + params.milliseconds;`,
  release: `
    for (e in ctx._source.entries) { if (e.open) { e.open = false; e.at = ctx._now; } }
    ctx._source.remove('frozen_until');`,
};

const UpdateResult = v.object({ result: v.picklist(['updated', 'noop']) });
const Entry = v.object({ write: v.string(), open: v.boolean(), dead: v.optional(v.boolean(), false) });
const LedgerRow = v.object({ _source: v.object({ entries: v.array(Entry) }) });

const idsOf = (writes: readonly Write[]): string[] => writes.map(({ id }) => id);

interface LedgerDeps {
  transport: Transport;
  now?: Clock;
}

export function createLedger({ transport, now = Date.now }: LedgerDeps): Ledger {
  /** Whether the script changed something. */
  async function update(
    tenant: TenantRef,
    script: keyof typeof scripts,
    params: object,
    signal: AbortSignal,
    index?: string,
  ): Promise<boolean> {
    const path = `/${index ?? toAlias(tenant.tenantId)}/_update/${toLedgerId(tenant)}`;
    const body = {
      script: {
        lang: 'painless',
        source: scripts[script],
        params: { lock: lockMilliseconds, grace: graceMilliseconds, ...params },
      },
    };
    const options = { timeout: callMilliseconds, tries: 3 };
    const answer = await transport.send(
      tenant,
      { method: 'POST', path, query: { retry_on_conflict: '20', require_alias: String(index === undefined) }, body },
      options,
      signal,
    );
    return v.parse(UpdateResult, answer).result === 'updated';
  }

  async function change(
    tenant: TenantRef,
    { own, shown, replaced, open }: Record<'own' | 'shown' | 'replaced', readonly string[]> & { open: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    if (await update(tenant, 'change', { own, shown, replaced, open }, signal)) return;
    throw new ApiError('search_unavailable', undefined, {
      cause: new Error('The lock of a document was lost before its write was complete'),
      retryAfter: 1,
    });
  }

  async function read(tenant: TenantRef, signal: AbortSignal) {
    const path = `/${toAlias(tenant.tenantId)}/_doc/${toLedgerId(tenant)}`;
    const options = { timeout: callMilliseconds, tries: 2 };
    const row = v.parse(LedgerRow, await transport.send(tenant, { method: 'GET', path }, options, signal));
    return row._source.entries;
  }

  return {
    async begin(tenant, writes, signal) {
      const deadline = now() + patienceMilliseconds;
      for (let delay = 10; ; delay = Math.min(delay * 2, 500)) {
        try {
          if (await update(tenant, 'begin', { writes }, signal)) return true;
        } catch (error) {
          if (isMissing(error)) return false;
          throw error;
        }
        if (now() > deadline)
          throw new ApiError('overloaded', 'The document is being written by others', { retryAfter: 5 });
        await wait(delay * (0.5 + Math.random()), undefined, { signal });
      }
    },
    extend: (tenant, writes, signal) =>
      change(tenant, { own: idsOf(writes), shown: [], replaced: [], open: true }, signal),
    commit: (tenant, { shown, given, replaced }, signal) =>
      change(tenant, { own: idsOf([...shown, ...given]), shown: idsOf(shown), replaced, open: false }, signal),
    async giveUp(tenant, writes, signal) {
      await update(tenant, 'giveUp', { own: idsOf(writes) }, signal);
    },
    async findDead(tenant, signal) {
      if (!(await update(tenant, 'markDead', {}, signal))) return [];
      return (await read(tenant, signal)).filter(({ dead }) => dead).map(({ write }) => write);
    },
    async forget(tenant, writes, signal) {
      await update(tenant, 'forget', { gone: writes }, signal);
    },
    async release(tenant, index, signal) {
      try {
        return await update(tenant, 'release', {}, signal, index);
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    },
    async freeze(tenant, milliseconds, signal) {
      await update(tenant, 'freeze', { milliseconds }, signal);
      return { isQuiet: !(await read(tenant, signal)).some(({ open }) => open) };
    },
  };
}
