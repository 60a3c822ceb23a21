import * as v from 'valibot';
import type { Transport } from './transport.ts';

export interface RowCount {
  rows: number;
  /** The last write of each shard, in the order of the shards: equal where nothing was written in between. */
  lastWrites: string;
}

/** What the engine counts of an index, without reading it. Throws where a shard does not answer. */
export type CountRows = (index: string, signal: AbortSignal) => Promise<RowCount>;

const Copy = v.object({
  routing: v.object({ primary: v.boolean() }),
  docs: v.object({ count: v.number() }),
  seq_no: v.object({ max_seq_no: v.number() }),
});
const Stats = v.object({
  indices: v.record(v.string(), v.object({ shards: v.record(v.string(), v.array(Copy)) })),
});

export function createCountRows({ transport }: { transport: Transport }): CountRows {
  return async (index, signal) => {
    const call = { method: 'GET', path: `/${index}/_stats/docs`, query: { level: 'shards' } } as const;
    const answer = await transport.send('platform', call, { timeout: 30_000, tries: 3 }, signal);
    const { indices } = v.parse(Stats, answer);
    const shards = Object.entries(indices[index]?.shards ?? {}).toSorted(([a], [b]) => Number(a) - Number(b));
    const primaries = shards.flatMap(([, copies]) => copies.filter(({ routing }) => routing.primary));
    if (primaries.length === 0) throw new Error(`No shard of ${index} answers`);
    return {
      rows: primaries.reduce((sum, { docs }) => sum + docs.count, 0),
      lastWrites: primaries.map((copy) => copy.seq_no.max_seq_no).join(),
    };
  };
}
