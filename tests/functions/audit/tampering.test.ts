import { expect, test, vi } from 'vitest';
import type { AuditEvent } from '#lib/audit/audit-event.ts';
import { toEventHash } from '#lib/audit/chain.ts';
import { createAuditWorld } from './audit-world.ts';

/** A chain of many small blocks, which is valid, and ways to change them in the file. */
async function createChain() {
  const world = await createAuditWorld();
  for (let index = 1; index <= 6; index += 1) await world.putDocument(`document-${index}`);
  await world.listOnce('document.create', 'document-6');
  const blocks = world.rows();
  expect(blocks.length).toBeGreaterThanOrEqual(6);
  expect(await world.verify()).toMatchObject({ valid: true });
  const [begin, , block, next] = blocks;
  if (!begin || !block || !next) return expect.fail('There are blocks');
  const write = (first: number, events: readonly AuditEvent[] | string) =>
    world.tamper('UPDATE block SET events = :events WHERE first = :first', {
      first,
      events: typeof events === 'string' ? events : JSON.stringify(events),
    });
  const remove = (first: number) => world.tamper('DELETE FROM block WHERE first = :first', { first });
  return { ...world, begin, block, next, write, remove };
}

type Chain = Awaited<ReturnType<typeof createChain>>;

const cases: [what: string, tamper: (chain: Chain) => number][] = [
  [
    'an event that was changed',
    ({ block, write }) => {
      write(
        block.first,
        block.events.map((event) => ({ ...event, user_id: 'mallory' })),
      );
      return block.first;
    },
  ],
  [
    'an event that was changed and hashed anew',
    ({ block, next, write }) => {
      const events = block.events.map((event) => ({ ...event, user_id: 'mallory' }));
      write(
        block.first,
        events.map((event) => ({ ...event, hash: toEventHash(event) })),
      );
      return block.events.length === 1 ? next.first : block.first + 1;
    },
  ],
  [
    'a field that no event has',
    ({ block, write }) => {
      write(block.first, JSON.stringify(block.events.map((event) => ({ ...event, note: 'x' }))));
      return block.first;
    },
  ],
  [
    'a block that is missing',
    ({ block, remove }) => {
      remove(block.first);
      return block.first;
    },
  ],
  [
    'the first block that is missing',
    ({ remove }) => {
      remove(1);
      return 1;
    },
  ],
  [
    'blocks that have changed places',
    ({ block, next, write }) => {
      write(block.first, next.events);
      write(next.first, block.events);
      return block.first;
    },
  ],
  [
    'a block that is there twice',
    ({ block, next, write }) => {
      write(next.first, [...block.events, ...next.events]);
      return next.first;
    },
  ],
  [
    'events that are no JSON',
    ({ block, write }) => {
      write(block.first, 'gone');
      return block.first;
    },
  ],
  [
    "another tenant's checkpoint",
    ({ begin, tamper }) => {
      tamper(`UPDATE block SET checkpoint = replace(checkpoint, 'acme.', 'beta.') WHERE checkpoint IS NOT NULL`);
      return begin.last;
    },
  ],
];

/** A chain that was tampered with, as a process finds it that has appended nothing yet. */
async function reopen(tamper: (chain: Chain) => number): Promise<[number, Chain]> {
  const chain = await createChain();
  await chain.remembered();
  const sequence = tamper(chain);
  return [sequence, { ...chain, ...(await createAuditWorld({ DATA_DIR: chain.directory })) }];
}

test('events that are missing at the end are found, also behind the last checkpoint', async () => {
  const [sequence, chain] = await reopen(({ rows, remove }) => {
    const first = rows().at(-1)?.first ?? 0;
    remove(first);
    return first;
  });
  expect(await chain.verify()).toMatchObject({ valid: false, first_break: sequence });
  // What is appended in their place does not hide it.
  for (const name of ['later', 'later-still', 'much-later']) await chain.putDocument(name);
  await vi.waitFor(
    () => expect(chain.logged).toContainEqual(expect.objectContaining({ event: 'audit_chain_broken' })),
    { timeout: 20_000, interval: 50 },
  );
  expect(await chain.verify()).toMatchObject({ valid: false });
});

test('a chain that is gone altogether is missed', async () => {
  const [, chain] = await reopen(({ tamper }) => {
    tamper(`DELETE FROM block WHERE chain GLOB 'acme.*'`);
    return 1;
  });
  expect(await chain.verify()).toMatchObject({ valid: false, first_break: 1 });
});

test('an end that was written anew is found', async () => {
  const [sequence, chain] = await reopen(({ rows, write }) => {
    const last = rows().at(-1);
    const events = (last?.events ?? []).map((event) => ({ ...event, user_id: 'mallory' }));
    let before = events[0]?.previous_hash ?? '';
    const linked = events.map((event) => {
      const next = { ...event, previous_hash: before };
      before = toEventHash(next);
      return { ...next, hash: before };
    });
    write(last?.first ?? 0, linked);
    return last?.last ?? 0;
  });
  expect(await chain.verify()).toMatchObject({ valid: false, first_break: sequence });
});

test.each(cases)('%s is found where it stands', async (_, tamper) => {
  const chain = await createChain();
  const sequence = tamper(chain);
  expect(await chain.verify()).toMatchObject({ valid: false, first_break: sequence, reason: expect.any(String) });
});
