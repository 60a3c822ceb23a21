import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { sha256Hex } from '#lib/core/digest.ts';
import type { StateStore } from '#lib/state/store.ts';
import { platformCollection } from '#lib/tenancy/state-key.ts';
import type { ChainHead } from './chain.ts';

/** How far chains have come, kept apart from them: whoever shortens or rewrites a chain does not reach this as well. */
export interface HeadMemory {
  /** Kept within seconds, where the state store answers; nobody waits for it. */
  note(chain: string, head: ChainHead): void;
  /** Throws `state_unavailable` or the signal's reason. */
  find(chain: string, signal: AbortSignal): Promise<ChainHead | undefined>;
  close(): Promise<void>;
}

const HeadSchema = v.pipe(v.string(), v.parseJson(), v.strictObject({ sequence: v.number(), hash: v.string() }));

const collection = platformCollection('audit-head');
/** A name of a tenant that is gone is not kept by this. */
const keyOf = (chain: string) => collection.key(sha256Hex(chain));

const pauseMilliseconds = 1_000;
const writeMilliseconds = 1_000;
/** Of chains within one pause; further ones are noted by what is appended to them later. */
const maxChains = 1_000;
const maxTries = 3;

export function createHeadMemory(store: Pick<StateStore, 'get' | 'put'>): HeadMemory {
  const noted = new Map<string, ChainHead>();
  const closed = new AbortController();
  let running: Promise<void> | undefined;

  async function read(chain: string, signal: AbortSignal) {
    const record = await store.get(keyOf(chain), signal);
    return { version: record?.version ?? 0, head: record && v.parse(HeadSchema, record.value) };
  }

  async function write(chain: string, { sequence, hash }: ChainHead, signal: AbortSignal): Promise<void> {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const { version, head } = await read(chain, signal);
      if (head && head.sequence >= sequence) return;
      const value = JSON.stringify({ sequence, hash });
      if (await store.put(keyOf(chain), value, { ifVersion: version }, signal)) return;
    }
  }

  /** Of many blocks within a moment the last one is enough. */
  async function writeAll(): Promise<void> {
    await wait(pauseMilliseconds, undefined, { ref: false, signal: closed.signal }).catch(() => undefined);
    const heads = [...noted];
    noted.clear();
    const signal = AbortSignal.timeout(writeMilliseconds);
    // What could not be kept now is kept with the next block.
    for (const [chain, head] of heads) await write(chain, head, signal).catch(() => undefined);
    running = undefined;
    if (noted.size > 0 && !closed.signal.aborted) running = writeAll();
  }

  return {
    note(chain, head) {
      if (noted.size >= maxChains && !noted.has(chain)) return;
      noted.set(chain, head);
      running ??= writeAll();
    },
    find: async (chain, signal) => (await read(chain, signal)).head,
    async close() {
      closed.abort();
      await running;
    },
  };
}
