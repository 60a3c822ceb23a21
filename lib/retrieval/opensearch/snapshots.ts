import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { toIsoTime, type Clock } from '#lib/core/clock.ts';
import { canonicalJson } from '#lib/core/digest.ts';
import { isMissing, typeOf } from './errors.ts';
import type { EngineCall, Transport } from './transport.ts';

/** Where snapshots are kept; the settings are the engine's own for its type. */
export interface Repository {
  name: string;
  type: string;
  settings: Record<string, string>;
}

export interface SnapshotInfo {
  name: string;
  state: string;
  /** Concrete names. */
  indices: readonly string[];
  startedAt: number;
  durationMilliseconds: number;
  failures: readonly { index: string; reason: string }[];
}

/** Snapshots of all tenants' indices, taken and deleted by the platform's own user. */
export interface Snapshots {
  /** Nothing happens where the repository is registered with these settings; throws where it has others. */
  register(repository: Repository, signal: AbortSignal): Promise<void>;
  /** Begins one, which goes on by itself, and gives its name. */
  begin(repository: string, signal: AbortSignal): Promise<string>;
  /** Until the snapshot has ended. */
  watch(repository: string, name: string, signal: AbortSignal): AsyncGenerator<{ done: number; total: number }>;
  find(repository: string, name: string, signal: AbortSignal): Promise<SnapshotInfo>;
  /** The platform's, oldest first. */
  list(repository: string, signal: AbortSignal): Promise<SnapshotInfo[]>;
  /** What could not be read though it is there: an index that was deleted meanwhile is missed by nobody. */
  findFailures(snapshot: SnapshotInfo, signal: AbortSignal): Promise<SnapshotInfo['failures']>;
  /** Deletes what is older than the newest `keep` complete ones, and gives their names. */
  prune(repository: string, keep: number, signal: AbortSignal): Promise<string[]>;
}

/**
 * What a snapshot holds: tenants' documents and the audit trail. A part that can't be read does not cost the rest, and no
 * index is kept from being deleted.
 */
export const snapshotContent = {
  indices: 'genai_*.v*,genai-audit',
  include_global_state: false,
  ignore_unavailable: true,
  partial: true,
} as const;

const snapshotPrefix = 'genai-';
const options = { timeout: 30_000, tries: 3 };
/** What changes something is sent once: whether it was done is asked afterwards. */
const once = { timeout: 60_000, tries: 1 };
const deletion = { timeout: 30 * 60_000, tries: 1 };
const ended = new Set(['SUCCESS', 'PARTIAL', 'FAILED', 'INCOMPATIBLE']);

const Infos = v.object({
  snapshots: v.array(
    v.object({
      snapshot: v.string(),
      state: v.string(),
      indices: v.array(v.string()),
      start_time_in_millis: v.number(),
      duration_in_millis: v.optional(v.number(), 0),
      failures: v.optional(v.array(v.object({ index: v.string(), reason: v.string() })), []),
    }),
  ),
});
const Status = v.object({
  snapshots: v.array(v.object({ shards_stats: v.object({ done: v.number(), total: v.number() }) })),
});
const Repositories = v.record(v.string(), v.object({ type: v.string(), settings: v.record(v.string(), v.string()) }));

const toInfo = (row: v.InferOutput<typeof Infos>['snapshots'][number]): SnapshotInfo => ({
  name: row.snapshot,
  state: row.state,
  indices: row.indices,
  startedAt: row.start_time_in_millis,
  durationMilliseconds: row.duration_in_millis,
  failures: row.failures,
});

/** In the order of time, as the names of an earlier and a later one have it. */
const toName = (time: number): string =>
  `${snapshotPrefix}${toIsoTime(time)
    .replace(/[-:]|\.\d+/g, '')
    .toLowerCase()}`;

/** A repository without a snapshot is no failure; one that is not registered is. */
function noneWhereMissing(error: unknown): SnapshotInfo[] {
  if (typeOf(error) === 'snapshot_missing_exception') return [];
  throw error;
}

export function createSnapshots({ transport, now }: { transport: Transport; now: Clock }): Snapshots {
  const send = (call: EngineCall, signal: AbortSignal, how = options) => transport.send('platform', call, how, signal);

  async function read(repository: string, name: string, signal: AbortSignal): Promise<SnapshotInfo[]> {
    const answer = await send({ method: 'GET', path: `/_snapshot/${repository}/${name}` }, signal);
    return v.parse(Infos, answer).snapshots.map(toInfo);
  }

  async function find(repository: string, name: string, signal: AbortSignal): Promise<SnapshotInfo> {
    const [found] = await read(repository, name, signal);
    if (!found) throw new Error(`There is no snapshot ${name}`);
    return found;
  }

  async function list(repository: string, signal: AbortSignal): Promise<SnapshotInfo[]> {
    const found = await read(repository, `${snapshotPrefix}*`, signal).catch(noneWhereMissing);
    return found.toSorted((a, b) => a.startedAt - b.startedAt);
  }

  async function isThere(index: string, signal: AbortSignal): Promise<boolean> {
    try {
      await send({ method: 'GET', path: `/${index}`, query: { filter_path: '*.aliases' } }, signal);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  return {
    find,
    list,
    async register({ name, type, settings }, signal) {
      const path = `/_snapshot/${name}`;
      const known = await send({ method: 'GET', path }, signal).catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      const there = known === undefined ? undefined : v.parse(Repositories, known)[name];
      if (!there) return void (await send({ method: 'PUT', path, body: { type, settings } }, signal, once));
      if (canonicalJson(there) !== canonicalJson({ type, settings }))
        throw new Error(`The repository ${name} is registered with other settings`);
    },
    async begin(repository, signal) {
      const name = toName(now());
      const path = `/_snapshot/${repository}/${name}`;
      await send({ method: 'PUT', path, query: { wait_for_completion: 'false' }, body: snapshotContent }, signal, once);
      return name;
    },
    async *watch(repository, name, signal) {
      for (let delay = 100; ; delay = Math.min(delay * 2, 5_000)) {
        if (ended.has((await find(repository, name, signal)).state)) return;
        const path = `/_snapshot/${repository}/${name}/_status`;
        const [status] = v.parse(Status, await send({ method: 'GET', path }, signal)).snapshots;
        if (status) yield { done: status.shards_stats.done, total: status.shards_stats.total };
        await wait(delay, undefined, { signal });
      }
    },
    async findFailures({ failures }, signal) {
      const there: SnapshotInfo['failures'][number][] = [];
      for (const failure of failures) if (await isThere(failure.index, signal)) there.push(failure);
      return there;
    },
    async prune(repository, keep, signal) {
      const all = await list(repository, signal);
      const complete = all.filter(({ state }) => state === 'SUCCESS');
      const oldest = complete.at(-keep);
      if (!oldest) return [];
      const old = all.filter(({ startedAt, state }) => startedAt < oldest.startedAt && ended.has(state));
      for (const { name } of old) {
        await send({ method: 'DELETE', path: `/_snapshot/${repository}/${name}` }, signal, deletion);
      }
      return old.map(({ name }) => name);
    },
  };
}
