import { describe, expect, test } from 'vitest';
import { calm } from '#tests/support/scope.ts';
import { createAccount, createClaim, createEntry, day, readLedger, sumOf } from './admission-store-claims.ts';
import { budgets, createSettler } from './admission-store-settler.ts';
import { useState, type StateUnderTest } from './state-under-test.ts';

/** How every admission store settles what it let in. Run by each adapter's own test. */
export function describeSettling(name: string, open: () => Promise<StateUnderTest>): void {
  describe(`${name}, settling`, () => {
    const under = useState(open);
    const { settle, sweep, left, ledger, admitted, expired } = createSettler(under);

    test('what was spent takes the place of what was reserved, and each call has its entry', async () => {
      const account = createAccount();
      const claim = await admitted(account, { nanodollars: 700 });
      expect(await left(account)).toBe(300);
      const entries = [30, 12].map((nanodollars, n) => createEntry(`${claim.callId}.${n}`, { nanodollars }));
      await settle(account, claim, 42, { entries });
      expect(await left(account)).toBe(958);
      const found = await readLedger(under.state, account);
      expect(found.toSorted((one, other) => one.id.localeCompare(other.id))).toEqual(
        entries.map((entry) => JSON.parse(JSON.stringify(entry))),
      );
    });

    test('settling again changes nothing', async () => {
      const account = createAccount();
      const claim = await admitted(account);
      for (let time = 0; time < 3; time += 1) await settle(account, claim, 40);
      await Promise.all([settle(account, claim, 40), settle(account, claim, 40)]);
      expect(await left(account)).toBe(960);
      expect(await ledger(account)).toEqual([[`${claim.callId}.0`, 40]]);
    });

    test('what spent nothing leaves nothing', async () => {
      const account = createAccount();
      const claim = await admitted(account);
      await settle(account, claim, 0);
      expect(await left(account)).toBe(1_000);
      expect(await ledger(account)).toEqual([]);
      await expect(under.state.admission.sweep(account, calm)).resolves.toBe(0);
    });

    test('what was let in while the store was away is written and paid for, once', async () => {
      const account = createAccount();
      const claim = createClaim({ budgets });
      for (let time = 0; time < 2; time += 1) await settle(account, claim, 70, { leaseId: undefined });
      expect(await left(account)).toBe(930);
      expect(await ledger(account)).toEqual([[`${claim.callId}.0`, 70]]);
    });

    test('a settlement whose lease is not known is written and paid for, once', async () => {
      const account = createAccount();
      const claim = createClaim({ budgets });
      for (let time = 0; time < 2; time += 1) await settle(account, claim, 70);
      expect(await left(account)).toBe(930);
      expect(await ledger(account)).toHaveLength(1);
    });

    test('a lease that expires leaves its worst case, once', async () => {
      const account = createAccount();
      const claim = await expired(account, { nanodollars: 300 });
      expect(await left(account)).toBe(700);
      await sweep(account);
      expect(await sweep(account)).toBe(0);
      expect(await left(account)).toBe(700);
      expect(await readLedger(under.state, account)).toMatchObject([
        { id: claim.callId, outcome: 'lost', nanodollars: 300 },
      ]);
    });

    test('a sweep tells how many leases it ended, and leaves those that last', async () => {
      const account = createAccount();
      const claims = Array.from({ length: 130 }, () =>
        createClaim({ ttlMilliseconds: 1_500, nanodollars: 1, budgets }),
      );
      await Promise.all(claims.map((claim) => under.state.admission.admit(account, claim, calm)));
      const living = await admitted(account, { nanodollars: 10 });
      await under.pass(1_510);
      expect(await sweep(account)).toBe(130);
      expect(sumOf(await readLedger(under.state, account))).toBe(130);
      await settle(account, living, 10);
      expect(await left(account)).toBe(860);
    });

    test('leases that have expired are ended by the claims that follow', async () => {
      const account = createAccount();
      const claim = await expired(account);
      await admitted(account);
      expect(await ledger(account)).toEqual([[claim.callId, 100]]);
      expect(await sweep(account)).toBe(0);
    });

    test('settling after the sweep replaces the worst case', async () => {
      const account = createAccount();
      const claim = await expired(account, { nanodollars: 300 });
      await sweep(account);
      for (let time = 0; time < 2; time += 1) await settle(account, claim, 20);
      expect(await left(account)).toBe(980);
      expect(await ledger(account)).toEqual([[`${claim.callId}.0`, 20]]);
    });

    test('settling before the sweep leaves it nothing to do', async () => {
      const account = createAccount();
      const claim = await expired(account);
      await settle(account, claim, 20);
      expect(await sweep(account)).toBe(0);
      expect(await left(account)).toBe(980);
    });

    test('settling with nothing spent after the sweep takes the worst case out', async () => {
      const account = createAccount();
      const claim = await expired(account);
      await sweep(account);
      await settle(account, claim, 0);
      expect(await left(account)).toBe(1_000);
      expect(await ledger(account)).toEqual([]);
    });

    test('of two attempts the one that is settled is paid for, whichever was lost, and whenever', async () => {
      const account = createAccount();
      const lost = await expired(account, { nanodollars: 300 });
      const retry = await admitted(account, { callId: lost.callId, nanodollars: 300 });
      await settle(account, retry, 20);
      await sweep(account);
      expect(await ledger(account)).toEqual([[`${lost.callId}.0`, 20]]);
      expect(await left(account)).toBe(980);

      const first = await admitted(account, { nanodollars: 200, ttlMilliseconds: 3_000 });
      const second = await admitted(account, { callId: first.callId, nanodollars: 200 });
      await settle(account, second, 30);
      await under.pass(3_010);
      await sweep(account);
      expect(await left(account)).toBe(950);
      const third = await expired(account, { callId: first.callId });
      await sweep(account);
      expect(await left(account)).toBe(950);
      await settle(account, third, 60);
      expect(await left(account)).toBe(950);
      expect(sumOf(await readLedger(under.state, account))).toBe(50);
    });

    test('two attempts that are both settled are paid for once', async () => {
      const account = createAccount();
      const first = await admitted(account);
      const second = await admitted(account, { callId: first.callId });
      await settle(account, first, 20);
      await settle(account, second, 50, {
        entries: [createEntry(`${first.callId}.0`, { at: new Date(Date.now() + day).toISOString(), nanodollars: 50 })],
      });
      expect(await left(account)).toBe(980);
      expect(await ledger(account)).toEqual([[`${first.callId}.0`, 20]]);
    });

    test('two attempts that are both lost are paid for once', async () => {
      const account = createAccount();
      const first = await expired(account);
      await expired(account, { callId: first.callId });
      await sweep(account);
      expect(await left(account)).toBe(900);
      expect(await ledger(account)).toEqual([[first.callId, 100]]);
    });

    test('an attempt that spends nothing does not take out what another one may have spent', async () => {
      const account = createAccount();
      const lost = await expired(account);
      await sweep(account);
      const retry = await admitted(account, { callId: lost.callId });
      await settle(account, retry, 0);
      expect(await ledger(account)).toEqual([[lost.callId, 100]]);
      await settle(account, lost, 20);
      expect(await ledger(account)).toEqual([[`${lost.callId}.0`, 20]]);
      expect(await left(account)).toBe(980);
    });
  });
}
