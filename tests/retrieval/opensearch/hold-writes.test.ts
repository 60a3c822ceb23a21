import { expect, test } from 'vitest';
import { holdWrites } from '#lib/retrieval/opensearch/hold-writes.ts';
import { calm } from '#tests/support/scope.ts';

const tenant = { tenantId: 'acme', incarnation: 'first' };

/** Gives these answers one after the other, the last for good. */
function createLedger(...answers: ({ since: number; isQuiet: boolean } | undefined)[]) {
  const calls: string[] = [];
  return {
    calls,
    hold: async () => {
      calls.push('hold');
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      return answer && { ...answer, entries: [] };
    },
    letGo: async () => void calls.push('letGo'),
  };
}

const work = async ({ confirm }: { confirm: () => Promise<unknown> }) => {
  await confirm();
  return 'done';
};

test('work begins once writes under way have ended, and writes are let go after it', async () => {
  const ledger = createLedger({ since: 1, isQuiet: false }, { since: 1, isQuiet: true });
  expect(await holdWrites(ledger, tenant, 'me', work, calm)).toBe('done');
  expect(ledger.calls).toEqual(['hold', 'hold', 'hold', 'letGo']);
});

test('a hold that was broken in between is not confirmed', async () => {
  const ledger = createLedger({ since: 1, isQuiet: true }, { since: 2, isQuiet: true });
  await expect(holdWrites(ledger, tenant, 'me', work, calm)).rejects.toMatchObject({ code: 'search_unavailable' });
  expect(ledger.calls.at(-1)).toBe('letGo');
});

test('nothing begins while another holds writes back', async () => {
  const ledger = createLedger(undefined);
  await expect(holdWrites(ledger, tenant, 'me', work, calm)).rejects.toMatchObject({ code: 'search_unavailable' });
});
