import * as v from 'valibot';
import type { DroppableEvents, StoredBlock, StoredHead } from './audit-store.ts';

const HeadRow = v.object({ _source: v.object({ last: v.number(), hash: v.string(), to: v.string() }) });
const BlockRow = v.object({
  _source: v.object({
    last: v.number(),
    events: v.array(v.unknown()),
    checkpoint: v.optional(v.unknown()),
  }),
});
const rowsOf = <Row extends v.GenericSchema>(row: Row) => v.object({ hits: v.object({ hits: v.array(row) }) });
const HeadRows = rowsOf(HeadRow);
const BlockRows = rowsOf(BlockRow);

const sum = v.object({ value: v.number() });
const Bucket = v.object({ key: v.object({ chain: v.string() }), first: sum, last: sum });
const Droppable = v.object({ aggregations: v.object({ chains: v.object({ buckets: v.array(Bucket) }) }) });
const EventCount = v.object({ aggregations: v.object({ events: sum }) });

/** What is read of a block for its last event alone. */
export const headFields = ['last', 'hash', 'to'];
export const blockFields = ['last', 'events', 'checkpoint'];

const toHead = ({ _source: { last, hash, to } }: v.InferOutput<typeof HeadRow>): StoredHead => ({
  sequence: last,
  hash,
  timestamp: to,
});

export const readHead = (row: unknown): StoredHead => toHead(v.parse(HeadRow, row));

export const readHeads = (answer: unknown): StoredHead[] => v.parse(HeadRows, answer).hits.hits.map(toHead);

export const readBlocks = (answer: unknown): StoredBlock[] =>
  v.parse(BlockRows, answer).hits.hits.map(({ _source: block }) => block);

export const readDroppable = (answer: unknown): DroppableEvents[] =>
  v.parse(Droppable, answer).aggregations.chains.buckets.map(({ key, first, last }) => ({
    chain: key.chain,
    first: first.value,
    last: last.value,
  }));

export const readEventCount = (answer: unknown): number => v.parse(EventCount, answer).aggregations.events.value;
