import { describe, expect, test } from 'vitest';
import { calm } from '#tests/support/scope.ts';
import {
  createAccount,
  createAsker,
  createClaim,
  createEntry,
  findLeft,
  hard,
  readLedger,
  settlementOf,
  times,
  wordOf,
} from './admission-store-claims.ts';
import { useState, type StateUnderTest } from './state-under-test.ts';

/** What every admission store lets a budget pay for. Run by each adapter's own test. */
export function describeAdmissionBudgets(name: string, open: () => Promise<StateUnderTest>): void {
  describe(`${name} as a store of budgets`, () => {
    const under = useState(open);
    const { admit, admitAll, settle } = createAsker(under);

    test('of 200 claims at once a budget for 67 lets 67 in', async () => {
      const account = createAccount();
      const claims = times(200, () => createClaim({ budgets: [hard(67 * 100 + 99)] }));
      const words = await admitAll(account, claims);
      expect(words.filter((word) => word === 'admitted')).toHaveLength(67);
      expect(words.filter((word) => word === 'budget')).toHaveLength(133);
    });

    test('a budget gives no time to come back at', async () => {
      const verdict = await admit(createAccount(), createClaim({ budgets: [hard(99)] }));
      expect(verdict).toMatchObject({ isAdmitted: false, by: 'budget', retryMilliseconds: undefined });
    });

    test('each of several budgets must have room, and a refusal takes from none of them', async () => {
      const account = createAccount();
      const [tenant, key] = [hard(1_000), hard(150, { owner: 'key:a b/day' })];
      expect(await admitAll(account, [createClaim({ budgets: [tenant, key] })])).toEqual(['admitted']);
      expect(await admitAll(account, [createClaim({ budgets: [tenant, key] })])).toEqual(['budget']);
      expect(await findLeft(under.state, account, tenant)).toBe(900);
      expect(await findLeft(under.state, account, key)).toBe(50);
    });

    test('a soft budget is counted and refuses nothing', async () => {
      const account = createAccount();
      const claims = times(5, () => createClaim({ budgets: [hard(200, { isHard: false })] }));
      expect(new Set(await admitAll(account, claims))).toEqual(new Set(['admitted']));
      expect(await findLeft(under.state, account, hard(600))).toBe(100);
    });

    test('what can cost nothing is let in though the budget is spent, what can cost something is not', async () => {
      const account = createAccount();
      const claim = createClaim({ budgets: [hard(100)] });
      await admit(account, claim);
      await settle(account, claim, 100);
      expect(wordOf(await admit(account, createClaim({ budgets: [hard(100)], nanodollars: 1 })))).toBe('budget');
      const free = createClaim({ budgets: [hard(100)], nanodollars: 0 });
      expect(wordOf(await admit(account, free))).toBe('admitted');
      await under.state.admission.settle(
        account,
        settlementOf(free, 0, { entries: [createEntry(`${free.callId}.0`, { nanodollars: 0 })] }),
        calm,
      );
      expect(await readLedger(under.state, account)).toHaveLength(2);
      expect(wordOf(await admit(account, createClaim({ budgets: [hard(0)], nanodollars: 0 })))).toBe('admitted');
    });

    test('amounts of millions of dollars are exact to the nano-dollar', async () => {
      const account = createAccount();
      const limit = Number.MAX_SAFE_INTEGER;
      const [claim, other] = [limit - 3, 2].map((nanodollars) => createClaim({ budgets: [hard(limit)], nanodollars }));
      if (!claim || !other) throw new Error('There are two');
      expect(await admitAll(account, [claim])).toEqual(['admitted']);
      expect(await admitAll(account, [createClaim({ budgets: [hard(limit)], nanodollars: 4 })])).toEqual(['budget']);
      expect(await admitAll(account, [other])).toEqual(['admitted']);
      await settle(account, claim, limit - 3);
      expect(await admitAll(account, [createClaim({ budgets: [hard(limit)], nanodollars: 2 })])).toEqual(['budget']);
      expect(await admitAll(account, [createClaim({ budgets: [hard(limit)], nanodollars: 1 })])).toEqual(['admitted']);
      const [entry] = await readLedger(under.state, account);
      expect(entry?.nanodollars).toBe(limit - 3);
    });
  });
}
