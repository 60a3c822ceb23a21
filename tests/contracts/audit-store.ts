import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditEvent } from '#lib/audit/audit-event.ts';
import type { AuditBlock, AuditStore, StoredHead } from '#lib/audit/audit-store.ts';
import { appendToChain, chainStart, type ChainHead } from '#lib/audit/chain.ts';
import { toIsoTime } from '#lib/core/clock.ts';
import { readChain } from '#tests/audit/read-chain.ts';
import { calm } from '#tests/support/scope.ts';

const start = Date.parse('2020-01-01T00:00:00.000Z');
const timeOf = (sequence: number): string => toIsoTime(start + sequence * 1_000);

/** Events that follow the head, a second after each other. */
function eventsAfter(head: ChainHead, count: number, target = 'a'): AuditEvent[] {
  const events: AuditEvent[] = [];
  let last = head;
  for (let index = 0; index < count; index += 1) {
    const event = appendToChain(last, {
      timestamp: timeOf(last.sequence + 1),
      tenant_id: 'acme',
      user_id: 'Änne \u0000 "😀"',
      action: 'document.read',
      target,
      outcome: 'success',
      ip: null,
      request_id: 'request-1',
    });
    events.push(event);
    last = event;
  }
  return events;
}

const headOf = (events: readonly AuditEvent[]): StoredHead => {
  const { sequence, hash, timestamp } = events.at(-1) ?? expect.fail('There is an event');
  return { sequence, hash, timestamp };
};

/** What every audit store must do. Run by each adapter's own test; `open` gives one that others may write to as well. */
export function describeAuditStore(name: string, open: () => Promise<AuditStore>): void {
  describe(`${name} as an audit store`, () => {
    let store: AuditStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.close());

    const freshChain = () => `acme.account-${crypto.randomUUID()}`;

    async function write(chain: string, sizes: number[]): Promise<AuditBlock[]> {
      const blocks: AuditBlock[] = [];
      let head: ChainHead = chainStart;
      for (const size of sizes) {
        const block = { chain, events: eventsAfter(head, size) };
        expect(await store.append(block, calm)).toBe(true);
        blocks.push(block);
        head = headOf(block.events);
      }
      return blocks;
    }

    test('a chain that has no event has no head and no block', async () => {
      const chain = freshChain();
      expect(await store.findHead(chain, undefined, calm)).toBeUndefined();
      expect(await store.read(chain, { after: 0, limit: 10 }, calm)).toEqual([]);
    });

    test('what was appended is read as it was, in its order, and the head is its last event', async () => {
      const chain = freshChain();
      const blocks = await write(chain, [1, 3, 2]);
      const all = blocks.flatMap(({ events }) => events);
      expect(await readChain(store, chain)).toEqual(all);
      expect(await store.findHead(chain, undefined, calm)).toEqual(headOf(all));
      expect(await store.findHead(chain, headOf(blocks[0]?.events ?? []), calm)).toEqual(headOf(all));
      expect(await store.findHead(chain, headOf(all), calm)).toEqual(headOf(all));
    });

    test('whoever is many blocks behind finds the head in a few calls', async () => {
      const chain = freshChain();
      const blocks = await write(chain, Array<number>(150).fill(1));
      const all = blocks.flatMap(({ events }) => events);
      let head = headOf(all.slice(0, 1));
      for (let calls = 0; calls < 4; calls += 1) head = (await store.findHead(chain, head, calm)) ?? expect.fail();
      expect(head).toEqual(headOf(all));
      expect(await store.findHead(chain, headOf(all.slice(0, 130)), calm)).toEqual(headOf(all));
    });

    test('of two blocks that follow the same event one is written', async () => {
      const chain = freshChain();
      const rivals = ['a', 'b', 'c', 'd', 'e'].map((target, index) => ({
        chain,
        events: eventsAfter(chainStart, index + 1, target),
      }));
      const written = await Promise.all(rivals.map((block) => store.append(block, calm)));
      expect(written.filter(Boolean)).toHaveLength(1);
      expect(await readChain(store, chain)).toEqual(rivals[written.indexOf(true)]?.events);
    });

    test('a block that is sent again was written, and is there once', async () => {
      const chain = freshChain();
      const [block = expect.fail()] = await write(chain, [2]);
      expect(await store.append(block, calm)).toBe(true);
      await write(freshChain(), [1]);
      expect(await store.append(block, calm)).toBe(true);
      expect(await readChain(store, chain)).toEqual(block.events);
    });

    test('a checkpoint is read with its block', async () => {
      const chain = freshChain();
      const events = eventsAfter(chainStart, 2);
      const { sequence, hash, timestamp } = headOf(events);
      const checkpoint = { chain, sequence, hash, timestamp, signature: 'a..b' };
      await store.append({ chain, events, checkpoint }, calm);
      expect(await store.read(chain, { after: 0, limit: 1 }, calm)).toEqual([{ last: 2, events, checkpoint }]);
    });

    test('blocks are read from an event on, within a time, so many at most', async () => {
      const chain = freshChain();
      await write(chain, [2, 2, 2, 2]);
      const lasts = async (range: Partial<Parameters<AuditStore['read']>[1]>) =>
        (await store.read(chain, { after: 0, limit: 10, ...range }, calm)).map(({ last }) => last);
      expect(await lasts({})).toEqual([2, 4, 6, 8]);
      expect(await lasts({ after: 3 })).toEqual([4, 6, 8]);
      expect(await lasts({ after: 4, limit: 1 })).toEqual([6]);
      expect(await lasts({ after: 8 })).toEqual([]);
      expect(await lasts({ from: timeOf(4) })).toEqual([4, 6, 8]);
      expect(await lasts({ to: timeOf(3) })).toEqual([2, 4]);
      expect(await lasts({ from: timeOf(4), to: timeOf(5) })).toEqual([4, 6]);
    });

    test('a chain whose name begins like another, or is made of signs, is a chain of its own', async () => {
      const chain = freshChain();
      const [block = expect.fail()] = await write(chain, [3]);
      const others = [`${chain}.1`, `${chain}-x`, chain.slice(0, -1), `${chain.slice(0, -1)}*`, '*', '%', ''];
      for (const other of others) expect(await store.read(other, { after: 0, limit: 10 }, calm), other).toEqual([]);
      await write(`${chain}-x`, [1]);
      expect(await readChain(store, chain)).toEqual(block.events);
    });

    test('what is older than a time is found and dropped, chain by chain; what is younger stays', async () => {
      const run = crypto.randomUUID();
      const [first, second] = [`${run}.account-a`, `${run}.account-b`];
      await write(first, [2, 2, 2]);
      await write(second, [1, 1]);
      await write(`${run}.account-c`, [5]);
      const page = { after: run, limit: 2 };
      expect(await store.findDroppable(timeOf(5), page, calm)).toEqual([
        { chain: first, first: 1, last: 4 },
        { chain: second, first: 1, last: 2 },
      ]);
      expect((await store.findDroppable(timeOf(5), { ...page, after: first, limit: 1 }, calm))[0]?.chain).toBe(second);
      expect(await store.drop(first, 4, calm)).toBe(4);
      expect(await store.drop(first, 4, calm)).toBe(0);
      expect((await store.read(first, { after: 0, limit: 10 }, calm)).map(({ last }) => last)).toEqual([6]);
      expect(await readChain(store, second)).toHaveLength(2);
    });

    test('a call whose time is over is not made', async () => {
      const chain = freshChain();
      const over = AbortSignal.abort(new Error('over'));
      await expect(store.append({ chain, events: eventsAfter(chainStart, 1) }, over)).rejects.toThrow('over');
      expect(await readChain(store, chain)).toEqual([]);
    });
  });
}
