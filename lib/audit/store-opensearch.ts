import { createOnce } from '#lib/core/once.ts';
import { statusOf, typeOf, unlessMissing } from '#lib/retrieval/opensearch/errors.ts';
import type { CallOptions, EngineCall, Transport } from '#lib/retrieval/opensearch/transport.ts';
import type { AuditStore, StoredHead } from './audit-store.ts';
import { chainStart, type ChainHead } from './chain.ts';
import { auditIndex, toAuditIndexBody, toBlockPath, toRow } from './opensearch-index.ts';
import {
  blockFields,
  headFields,
  readBlocks,
  readDroppable,
  readEventCount,
  readHead,
  readHeads,
} from './opensearch-rows.ts';

interface AuditStoreOptions {
  transport: Pick<Transport, 'send'>;
  replicas: number;
}

/** A block that is sent twice is written once, so it may be. */
const writing = { timeout: 2_000, tries: 2 };
const reading = { timeout: 10_000, tries: 2 };
/** Creating an index takes seconds on a busy cluster. */
const creating = { timeout: 20_000, tries: 1 };
const dropping = { timeout: 600_000, tries: 1 };
/** Further behind than so many blocks a search is quicker. */
const maxSteps = 64;
const blocksAtOnce = 1_000;

export function createOpenSearchAuditStore({ transport, replicas }: AuditStoreOptions): AuditStore {
  const send = (call: EngineCall, options: CallOptions, signal: AbortSignal) =>
    transport.send('platform', call, options, signal);

  async function createIndex(signal: AbortSignal): Promise<void> {
    const query = { filter_path: '*.aliases' };
    if (await unlessMissing(send({ method: 'GET', path: `/${auditIndex}`, query }, reading, signal))) return;
    const template = toAuditIndexBody({ replicas });
    // An index that is deleted while processes write is made anew by the engine itself, with the same fields.
    const body = { index_patterns: [auditIndex], template };
    await send({ method: 'PUT', path: `/_index_template/${auditIndex}`, body }, creating, signal);
    try {
      await send({ method: 'PUT', path: `/${auditIndex}`, body: template }, creating, signal);
    } catch (error) {
      if (typeOf(error) !== 'resource_already_exists_exception') throw error;
    }
  }

  const preparation = createOnce(createIndex);

  /** The last event of the block that begins with this one, as it is at this moment. */
  async function findBlock(chain: string, first: number, signal: AbortSignal): Promise<StoredHead | undefined> {
    const query = { _source_includes: headFields.join() };
    try {
      return readHead(await send({ method: 'GET', path: toBlockPath('_doc', chain, first), query }, reading, signal));
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** Sees all that was written before; nothing where there is no index yet. */
  async function search(body: object, signal: AbortSignal): Promise<unknown> {
    const refreshed = await unlessMissing(send({ method: 'POST', path: `/${auditIndex}/_refresh` }, reading, signal));
    if (refreshed === undefined) return undefined;
    return send({ method: 'POST', path: `/${auditIndex}/_search`, body }, reading, signal);
  }

  /** As it was a moment ago: a refresh for every writer would hold all of them up. */
  async function searchHead(chain: string, signal: AbortSignal): Promise<StoredHead | undefined> {
    const body = { query: { term: { chain } }, sort: [{ last: 'desc' }], size: 1, _source: headFields };
    const call = { method: 'POST', path: `/${auditIndex}/_search`, body } as const;
    const answer = await unlessMissing(send(call, reading, signal));
    return answer === undefined ? undefined : readHeads(answer)[0];
  }

  /** From block to block, so far at most; the head is `undefined` where nothing follows. */
  async function walkFrom(known: ChainHead, chain: string, signal: AbortSignal) {
    let head: StoredHead | undefined;
    for (let steps = 0; steps < maxSteps; steps += 1) {
      const next = await findBlock(chain, (head ?? known).sequence + 1, signal);
      if (!next) return { head, isEnd: true };
      head = next;
    }
    return { head, isEnd: false };
  }

  /** Oldest first, so that what is broken off leaves no hole. */
  async function dropTo(chain: string, last: number, signal: AbortSignal): Promise<void> {
    const filter = [{ term: { chain } }, { range: { last: { lte: last } } }];
    const page = {
      query: { bool: { filter } },
      sort: [{ last: 'asc' }],
      from: blocksAtOnce,
      size: 1,
      _source: headFields,
    };
    for (;;) {
      const until = readHeads(await search(page, signal))[0]?.sequence ?? last;
      const query = { bool: { filter: [{ term: { chain } }, { range: { last: { lte: until } } }] } };
      const path = `/${auditIndex}/_delete_by_query`;
      await send({ method: 'POST', path, query: { refresh: 'true' }, body: { query } }, dropping, signal);
      if (until === last) return;
    }
  }

  return {
    async append(block, signal) {
      await preparation.run(signal);
      const row = toRow(block);
      try {
        const path = toBlockPath('_create', row.chain, row.first);
        await send({ method: 'PUT', path, body: row }, writing, signal);
        return true;
      } catch (error) {
        if (statusOf(error) !== 409) throw error;
        // What is there may be this very block, sent by a try whose answer was lost.
        return (await findBlock(row.chain, row.first, signal))?.hash === row.hash;
      }
    },
    async findHead(chain, known, signal) {
      const near = known && (await walkFrom(known, chain, signal));
      if (near?.isEnd) return near.head ?? known;
      const found = await searchHead(chain, signal);
      const later = found && found.sequence > (near?.head?.sequence ?? 0) ? found : near?.head;
      // What is still not reached is met by the next block, whose place is taken.
      return (await walkFrom(later ?? chainStart, chain, signal)).head ?? later;
    },
    async read(chain, { after, from, to, limit }, signal) {
      const filter = [
        { term: { chain } },
        { range: { last: { gt: after } } },
        ...(from === undefined ? [] : [{ range: { to: { gte: from } } }]),
        ...(to === undefined ? [] : [{ range: { from: { lte: to } } }]),
      ];
      const query = { bool: { filter } };
      const answer = await search({ query, sort: [{ last: 'asc' }], size: limit, _source: blockFields }, signal);
      return answer === undefined ? [] : readBlocks(answer);
    },
    async findDroppable(before, { after, limit }, signal) {
      const sources = [{ chain: { terms: { field: 'chain' } } }];
      const chains = {
        composite: { size: limit, sources, ...(after === undefined ? {} : { after: { chain: after } }) },
        aggs: { first: { min: { field: 'first' } }, last: { max: { field: 'last' } } },
      };
      const answer = await search({ query: { range: { to: { lt: before } } }, size: 0, aggs: { chains } }, signal);
      return answer === undefined ? [] : readDroppable(answer);
    },
    async drop(chain, last, signal) {
      const query = { bool: { filter: [{ term: { chain } }, { range: { last: { lte: last } } }] } };
      const answer = await search({ query, size: 0, aggs: { events: { sum: { field: 'count' } } } }, signal);
      if (answer === undefined) return 0;
      await dropTo(chain, last, signal);
      return readEventCount(answer);
    },
    // Whoever made the transport closes it.
    close: async () => undefined,
  };
}
