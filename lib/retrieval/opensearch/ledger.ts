import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { ApiError } from '#lib/core/api-error.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { isMissing, searchUnavailable, statusOf } from './errors.ts';
import { ledgerScripts, scriptParameters } from './ledger-scripts.ts';
import { toAlias, toLedgerId } from './names.ts';
import type { Transport } from './transport.ts';

/** One document's write: its rows carry the id. */
export interface Write {
  id: string;
  document: string;
}

/** Writes that appear together. */
export interface WriteBatch {
  id: string;
  writes: readonly Write[];
}

const Entry = v.looseObject({ write: v.string(), open: v.boolean(), dead: v.optional(v.boolean(), false) });
const Hold = v.object({ by: v.string(), since: v.number() });
const LedgerRow = v.object({ _source: v.object({ entries: v.array(Entry), hold: v.optional(Hold) }) });
const UpdateResult = v.object({ result: v.picklist(['updated', 'noop']) });

export type LedgerEntry = v.InferOutput<typeof Entry>;

/**
 * One row of each tenant's index says which writes are not to be seen: those under way and those that
 * were replaced, removed or given up. Every query excludes them, so that whole batches appear and
 * disappear with one update of this row, whatever a refresh shows in between. It is also the lock of
 * the documents that are being written.
 */
export interface Ledger {
  /** Locks the documents. False where the tenant has no index yet. Throws `overloaded` where they stay locked. */
  begin(tenant: TenantRef, batch: WriteBatch, signal: AbortSignal): Promise<boolean>;
  /** Keeps the locks. Throws `search_unavailable` where one was lost. */
  extend(tenant: TenantRef, batch: WriteBatch, signal: AbortSignal): Promise<void>;
  /** Shows writes of the batch, in place of the replaced ones, and gives the others up. Throws as `extend`. */
  commit(
    tenant: TenantRef,
    batch: WriteBatch,
    change: { shown: readonly Write[]; replaced: readonly string[] },
    signal: AbortSignal,
  ): Promise<void>;
  /** Unlocks without showing. Nothing happens where the batch was committed. */
  giveUp(tenant: TenantRef, batch: WriteBatch, signal: AbortSignal): Promise<void>;
  /** Whether none of the writes is under way, replaced or given up at this moment. */
  areSettled(tenant: TenantRef, writes: ReadonlySet<string>, signal: AbortSignal): Promise<boolean>;
  /** Writes whose rows nobody may still be reading. */
  findDead(tenant: TenantRef, signal: AbortSignal): Promise<string[]>;
  /** Called once the rows are gone. */
  forget(tenant: TenantRef, writes: readonly string[], signal: AbortSignal): Promise<void>;
  /**
   * Lets no new write begin for half a minute. Tells since when it is so without a break, and whether a
   * write that began before is still under way; `undefined` where another holds writes back.
   */
  hold(
    tenant: TenantRef,
    by: string,
    signal: AbortSignal,
  ): Promise<{ since: number; isQuiet: boolean; entries: readonly LedgerEntry[] } | undefined>;
  letGo(tenant: TenantRef, by: string, signal: AbortSignal): Promise<void>;
  /** Ends every lock of a ledger behind another alias; false where there is none. */
  release(tenant: TenantRef, alias: string, signal: AbortSignal): Promise<boolean>;
}

const patienceMilliseconds = 35_000;
/** Each after 20 tries of the engine's own. */
const maxConflicts = 20;
/** For the engine, and, a little later, for us to stop waiting for it. */
const engineMilliseconds = 4_000;
const callMilliseconds = 5_000;

const idsOf = (writes: readonly Write[]): string[] => writes.map(({ id }) => id);

async function unlessMissing(call: Promise<boolean>): Promise<boolean> {
  try {
    return await call;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function requireLocks(isHeld: boolean): Promise<void> {
  if (!isHeld) throw searchUnavailable(new Error('The lock of a document was lost before its write was complete'));
}

export function createLedger({ transport }: { transport: Transport }): Ledger {
  async function run(
    tenant: TenantRef,
    script: keyof typeof ledgerScripts,
    params: object,
    signal: AbortSignal,
    alias: string,
  ): Promise<boolean> {
    const path = `/${alias}/_update/${toLedgerId(tenant)}`;
    const query = { retry_on_conflict: '20', require_alias: 'true', timeout: `${engineMilliseconds}ms` };
    const source = ledgerScripts[script];
    const body = { script: { lang: 'painless', source, params: { ...scriptParameters, ...params } } };
    const options = { timeout: callMilliseconds, tries: 3 };
    const answer = await transport.send(tenant, { method: 'POST', path, query, body }, options, signal);
    return v.parse(UpdateResult, answer).result === 'updated';
  }

  /** Whether the script changed something. Many writers of one tenant meet in its row: who loses goes again. */
  async function update(
    tenant: TenantRef,
    script: keyof typeof ledgerScripts,
    params: object,
    signal: AbortSignal,
    alias = toAlias(tenant),
  ): Promise<boolean> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await run(tenant, script, params, signal, alias);
      } catch (error) {
        if (statusOf(error) !== 409) throw error;
        if (tries === maxConflicts) throw new ApiError('overloaded', undefined, { cause: error, retryAfter: 1 });
        await wait(tries * 10 * (1 + Math.random()), undefined, { signal });
      }
    }
  }

  async function read(tenant: TenantRef, signal: AbortSignal) {
    const path = `/${toAlias(tenant)}/_doc/${toLedgerId(tenant)}`;
    const options = { timeout: callMilliseconds, tries: 2 };
    return v.parse(LedgerRow, await transport.send(tenant, { method: 'GET', path }, options, signal))._source;
  }

  return {
    async begin(tenant, { writes }, signal) {
      const deadline = performance.now() + patienceMilliseconds;
      for (let delay = 10; ; delay = Math.min(delay * 2, 500)) {
        try {
          if (await update(tenant, 'begin', { writes }, signal)) return true;
        } catch (error) {
          if (isMissing(error)) return false;
          throw error;
        }
        if (performance.now() > deadline)
          throw new ApiError('overloaded', 'The document is being written by others', { retryAfter: 5 });
        await wait(delay * (0.5 + Math.random()), undefined, { signal });
      }
    },
    extend: async (tenant, { writes }, signal) =>
      requireLocks(await update(tenant, 'extend', { own: idsOf(writes) }, signal)),
    async commit(tenant, { id, writes }, { shown, replaced }, signal) {
      const shownIds = idsOf(shown);
      const given = idsOf(writes).filter((write) => !shownIds.includes(write));
      return requireLocks(await update(tenant, 'commit', { batch: id, shown: shownIds, given, replaced }, signal));
    },
    async giveUp(tenant, { id, writes }, signal) {
      await unlessMissing(update(tenant, 'giveUp', { batch: id, own: idsOf(writes) }, signal));
    },
    async areSettled(tenant, writes, signal) {
      return !(await read(tenant, signal)).entries.some(({ write }) => writes.has(write));
    },
    async findDead(tenant, signal) {
      if (!(await update(tenant, 'markDead', {}, signal))) return [];
      return (await read(tenant, signal)).entries.filter(({ dead }) => dead).map(({ write }) => write);
    },
    async forget(tenant, writes, signal) {
      await update(tenant, 'forget', { gone: writes }, signal);
    },
    async hold(tenant, by, signal) {
      if (!(await update(tenant, 'hold', { by }, signal))) return undefined;
      const { entries, hold } = await read(tenant, signal);
      return { since: hold?.since ?? 0, isQuiet: !entries.some(({ open }) => open), entries };
    },
    async letGo(tenant, by, signal) {
      await unlessMissing(update(tenant, 'letGo', { by }, signal));
    },
    release: (tenant, alias, signal) => unlessMissing(update(tenant, 'release', {}, signal, alias)),
  };
}
