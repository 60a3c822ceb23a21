import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { sha256Hex } from '#lib/core/digest.ts';
import type { StateStore } from '#lib/state/store.ts';
import { platformCollection } from '#lib/tenancy/state-key.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { StoredHead } from './audit-store.ts';
import { chainStart, type ChainHead } from './chain.ts';

/** A block that was appended: after which event, and with which last one. */
export interface Appended {
  before: ChainHead | undefined;
  head: StoredHead;
}

/** How far chains have come, kept apart from them: whoever shortens or rewrites a chain does not reach this as well. */
export interface HeadMemory {
  /** Kept within seconds, where the state store answers; nobody waits for it. */
  note(chain: string, appended: Appended): void;
  /** Throws `state_unavailable` or the signal's reason. */
  find(chain: string, signal: AbortSignal): Promise<StoredHead | undefined>;
  close(): Promise<void>;
}

interface HeadMemoryDeps {
  store: Pick<StateStore, 'get' | 'put'>;
  logger: Pick<Logger, 'error'>;
}

const HeadSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.strictObject({ sequence: v.number(), hash: v.string(), timestamp: v.string() }),
);

const collection = platformCollection('audit-head');
/** A name of a tenant that is gone is not kept by this. */
const keyOf = (chain: string) => collection.key(sha256Hex(chain));

const pauseMilliseconds = 1_000;
const writeMilliseconds = 2_000;
/** Of chains within one pause; further ones are noted by what is appended to them later. */
const maxChains = 1_000;
/** Of one chain: the last ones. */
const maxBlocks = 50;
const maxTries = 3;

/** Where a block of ours lies over the event that is remembered, the chain has been shortened or rewritten before it. */
const isContradicted = (known: ChainHead, blocks: readonly Appended[]): boolean =>
  blocks.some(({ before = chainStart, head }) => {
    const end = [before, head].find(({ sequence }) => sequence === known.sequence);
    if (end) return end.hash !== known.hash;
    return before.sequence < known.sequence && known.sequence < head.sequence;
  });

export function createHeadMemory({ store, logger }: HeadMemoryDeps): HeadMemory {
  const noted = new Map<string, Appended[]>();
  const closed = new AbortController();
  let running: Promise<void> | undefined;

  async function read(chain: string, signal: AbortSignal) {
    const record = await store.get(keyOf(chain), signal);
    return { version: record?.version ?? 0, known: record && v.parse(HeadSchema, record.value) };
  }

  /** What is contradicted stays: it is the one trace of what has been there. */
  async function write(chain: string, blocks: readonly Appended[], signal: AbortSignal): Promise<void> {
    const head = blocks.at(-1)?.head;
    if (!head) return;
    for (let tries = 0; tries < maxTries; tries += 1) {
      const { version, known } = await read(chain, signal);
      if (known && isContradicted(known, blocks)) {
        logger.error({ event: 'audit_chain_broken', sequence: known.sequence });
        return;
      }
      if (known && known.sequence >= head.sequence) return;
      if (await store.put(keyOf(chain), JSON.stringify(head), { ifVersion: version }, signal)) return;
    }
  }

  function keep(chain: string, blocks: readonly Appended[]): void {
    noted.set(chain, [...blocks, ...(noted.get(chain) ?? [])].slice(-maxBlocks));
  }

  /** Those that can't be written now are written the next time. */
  async function writeNoted(): Promise<void> {
    const chains = [...noted];
    noted.clear();
    const signal = AbortSignal.timeout(writeMilliseconds);
    const writing = chains.map(([chain, blocks]) => write(chain, blocks, signal).catch(() => keep(chain, blocks)));
    await Promise.all(writing);
  }

  /** Of many blocks within a moment the last one is enough. */
  async function run(): Promise<void> {
    while (noted.size > 0 && !closed.signal.aborted) {
      await wait(pauseMilliseconds, undefined, { ref: false, signal: closed.signal }).catch(() => undefined);
      await writeNoted();
    }
    running = undefined;
  }

  return {
    note(chain, appended) {
      if (noted.size >= maxChains && !noted.has(chain)) return;
      noted.set(chain, [...(noted.get(chain) ?? []), appended].slice(-maxBlocks));
      running ??= run();
    },
    find: async (chain, signal) => (await read(chain, signal)).known,
    async close() {
      closed.abort();
      await running;
      await writeNoted();
    },
  };
}
