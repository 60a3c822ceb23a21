import type { AuditBlock } from './audit-store.ts';

/** A tenant's names begin with `genai_`: this is nobody's, and no role of a tenant's reaches it. */
export const auditIndex = 'genai-audit';

const keyword = { type: 'keyword' };
const long = { type: 'long' };
const date = { type: 'date' };
/** Stored with the row, never searched. */
const storedObject = { type: 'object', enabled: false };

/** One row a block, under its chain and its first sequence. */
export const toAuditIndexBody = ({ replicas }: { replicas: number }) => ({
  settings: {
    number_of_shards: 1,
    number_of_replicas: replicas,
    refresh_interval: '1s',
    // What was answered is on the disk.
    'translog.durability': 'request',
  },
  mappings: {
    dynamic: 'strict',
    properties: {
      chain: keyword,
      first: long,
      last: long,
      count: long,
      /** Of the last event. */
      hash: { type: 'keyword', index: false, doc_values: false },
      from: date,
      to: date,
      events: storedObject,
      checkpoint: storedObject,
    },
  },
});

/** An id that holds the place after an event: of two blocks that follow the same one, one is written. */
export const toBlockPath = (operation: '_create' | '_doc', chain: string, first: number): string =>
  `/${auditIndex}/${operation}/${encodeURIComponent(`${chain}.${first}`)}`;

export function toRow({ chain, events, checkpoint }: AuditBlock) {
  const [head, tail] = [events.at(0), events.at(-1)];
  if (!head || !tail) throw new Error('A block has an event');
  return {
    chain,
    first: head.sequence,
    last: tail.sequence,
    count: events.length,
    hash: tail.hash,
    from: head.timestamp,
    to: tail.timestamp,
    events,
    ...(checkpoint ? { checkpoint } : {}),
  };
}
