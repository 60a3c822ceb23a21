import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AuditStore, StoredBlock } from './audit-store.ts';
import type { TimeRange } from './time-range.ts';

interface BlockRange extends TimeRange {
  chain: string;
  /** Of events after this sequence. */
  after?: number;
}

/** Of at most 256 KiB each, and mostly of a few events. */
const blocksAtOnce = 32;

/** Every block that holds an event of the range, a few at a time. */
export async function* readBlocks(
  store: Pick<AuditStore, 'read'>,
  { chain, after = 0, from, to }: BlockRange,
  signal: AbortSignal,
): AsyncGenerator<StoredBlock> {
  const time = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  for (let reached = after; ;) {
    const blocks = await store.read(chain, { after: reached, limit: blocksAtOnce, ...time }, signal);
    yield* blocks;
    const last = blocks.at(-1);
    if (!last || blocks.length < blocksAtOnce) return;
    reached = last.last;
    // An embedded store answers at once: others would wait for the whole chain.
    await nextTurn(undefined, { signal });
  }
}
