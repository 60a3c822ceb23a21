import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import type { EngineCall, Transport } from './transport.ts';

interface IndexToRestore {
  repository: string;
  snapshot: string;
  source: string;
  /** A name that nothing has. */
  target: string;
  /** Over those that the snapshot holds. */
  settings?: Record<string, number>;
}

/** Fetches an index from a snapshot, behind no alias: nobody sees it yet. Resolves once each of its shards is there. */
export type RestoreIndex = (index: IndexToRestore, signal: AbortSignal) => Promise<void>;

const options = { timeout: 30_000, tries: 3 };
const once = { timeout: 60_000, tries: 1 };
/** An index whose files are not even being fetched for so long never will be. */
const stalledMilliseconds = 10 * 60_000;
/** The engine gives up after five tries, one right after the other. */
const failedMilliseconds = 3_000;
const pollMilliseconds = 250;

const Health = v.object({
  initializing_shards: v.number(),
  indices: v.record(v.string(), v.object({ number_of_shards: v.number(), active_primary_shards: v.number() })),
});
const Shards = v.array(
  v.object({
    'unassigned.reason': v.nullish(v.string()),
    'unassigned.details': v.nullish(v.string()),
  }),
);

export function createRestoreIndex({ transport }: { transport: Transport }): RestoreIndex {
  const send = (call: EngineCall, signal: AbortSignal, how = options) => transport.send('platform', call, how, signal);

  /** Why files can't be used that were fetched; `undefined` while it is not known. */
  async function findFailure(index: string, signal: AbortSignal): Promise<string | undefined> {
    const query = { format: 'json', h: 'unassigned.reason,unassigned.details' };
    const shards = v.parse(Shards, await send({ method: 'GET', path: `/_cat/shards/${index}`, query }, signal));
    const failed = shards.find((shard) => shard['unassigned.reason'] === 'ALLOCATION_FAILED');
    return failed && (failed['unassigned.details'] ?? 'see the engine’s log');
  }

  async function watch({ source, target }: IndexToRestore, signal: AbortSignal): Promise<void> {
    const call = { method: 'GET', path: `/_cluster/health/${target}`, query: { level: 'indices' } } as const;
    for (let stalled = 0; ; stalled += pollMilliseconds) {
      const { indices, initializing_shards: initializing } = v.parse(Health, await send(call, signal));
      const restored = indices[target];
      // An index whose first shard is still to be fetched is not red.
      if (restored && restored.active_primary_shards === restored.number_of_shards) return;
      if (initializing > 0) stalled = 0;
      const failure = stalled > failedMilliseconds ? await findFailure(target, signal) : undefined;
      if (failure !== undefined) throw new Error(`The index ${source} can't be fetched: ${failure}`);
      if (stalled > stalledMilliseconds)
        throw new Error(`The index ${source} is not being fetched: see the engine's log`);
      await wait(pollMilliseconds, undefined, { signal });
    }
  }

  return async (index, signal) => {
    const { repository, snapshot, source, target, settings } = index;
    const body = {
      indices: source,
      include_global_state: false,
      include_aliases: false,
      partial: false,
      rename_pattern: `^${source.replaceAll('.', '\\.')}$`,
      rename_replacement: target,
      ...(settings ? { index_settings: settings } : {}),
    };
    const path = `/_snapshot/${repository}/${snapshot}/_restore`;
    signal.throwIfAborted();
    // Not to be aborted: an index that appears after its caller has cleaned up would stay.
    const begun = AbortSignal.timeout(once.timeout);
    await send({ method: 'POST', path, query: { wait_for_completion: 'false' }, body }, begun, once);
    await watch(index, signal);
  };
}
