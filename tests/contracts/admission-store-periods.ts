import { describe, expect, test } from 'vitest';
import { calm } from '#tests/support/scope.ts';
import {
  createAccount,
  createClaim,
  createEntry,
  day,
  dayAt,
  hard,
  readLedger,
  sumOf,
} from './admission-store-claims.ts';
import { createSettler } from './admission-store-settler.ts';
import { useState, type StateUnderTest } from './state-under-test.ts';

/** How every admission store counts by days, months and in total, whatever the clocks say. Run by each adapter's own test. */
export function describePeriods(name: string, open: () => Promise<StateUnderTest>): void {
  describe(`${name}, periods`, () => {
    const under = useState(open);
    const { settle, sweep, left, admitted, expired } = createSettler(under);

    test('a worst case in one day is replaced by entries of another', async () => {
      const account = createAccount();
      const at = new Date(under.now() - day).toISOString();
      const claim = await expired(account, { at });
      await sweep(account);
      const { usage } = under.state;
      const both = { from: dayAt(under.now() - day), to: dayAt(under.now()) };
      expect(await usage.daily(account, both, calm)).toMatchObject([{ day: both.from, nanodollars: 100, requests: 1 }]);
      await settle(account, claim, 20, {
        entries: [createEntry(`${claim.callId}.0`, { at: new Date(under.now()).toISOString(), nanodollars: 20 })],
      });
      expect(await usage.daily(account, both, calm)).toMatchObject([{ day: both.to, nanodollars: 20, requests: 1 }]);
    });

    test.each([
      ['day', 10],
      ['month', 7],
    ])('a new %s begins at 0, and leases of the one before settle without it', async (_, length) => {
      const account = createAccount();
      const [before, after] = [under.now() - 40 * day, under.now()].map((time) => dayAt(time).slice(0, length));
      const [old, next] = [hard(1_000, { period: before ?? '' }), hard(1_000, { period: after ?? '' })];
      const settled = await admitted(account, { budgets: [old], nanodollars: 400 });
      const lost = await admitted(account, { budgets: [old], nanodollars: 400, ttlMilliseconds: 50 });
      expect(await left(account, old)).toBe(200);
      expect(await left(account, next)).toBe(1_000);
      await settle(account, settled, 300);
      await under.pass(60);
      await sweep(account);
      expect(await left(account, next)).toBe(1_000);
      await settle(account, lost, 10);
      await settle(account, createClaim({ budgets: [old] }), 5, { leaseId: undefined });
      expect(await left(account, next)).toBe(1_000);
      expect(sumOf(await readLedger(under.state, account))).toBe(315);
    });

    test('a total has one period', async () => {
      const account = createAccount();
      await settle(account, await admitted(account), 100);
      expect(await left(account)).toBe(900);
    });

    test('a caller whose clock is behind is counted in the period under way', async () => {
      const account = createAccount();
      const [before, after] = [under.now() - day, under.now()].map((time) => hard(1_000, { period: dayAt(time) }));
      if (!before || !after) throw new Error('There are two');
      const claim = await admitted(account, { budgets: [after], nanodollars: 400 });
      await settle(account, claim, 400);
      await settle(account, await admitted(account, { budgets: [before], nanodollars: 300 }), 250);
      expect(await left(account, after)).toBe(350);
    });

    test('a caller whose clock is ahead opens no period before its time, and holds no lease for longer', async () => {
      const account = createAccount();
      const [today, far] = [under.now(), under.now() + 400 * day].map((time) => hard(1_000, { period: dayAt(time) }));
      if (!today || !far) throw new Error('There are two');
      await settle(account, await admitted(account, { budgets: [today] }), 100);
      const at = new Date(under.now() + 400 * day).toISOString();
      await expired(account, { budgets: [far], nanodollars: 300, at });
      expect(await sweep(account)).toBe(1);
      expect(await left(account, today)).toBe(600);
      await settle(account, createClaim({ budgets: [far] }), 50, { leaseId: undefined });
      expect(await left(account, today)).toBe(550);
    });
  });
}
