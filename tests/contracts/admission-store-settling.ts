import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Claim } from '#lib/admission/admission-store.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { calm } from '#tests/support/scope.ts';
import {
  createAccount,
  createClaim,
  createEntry,
  day,
  dayAt,
  findLeft,
  hard,
  readLedger,
  settlementOf,
  sumOf,
  wordOf,
  type ClaimChanges,
  type StateUnderTest,
} from './admission-store-claims.ts';

const budgets = [hard(1_000)];

/** How every admission store settles what it let in. Run by each adapter's own test. */
export function describeSettling(name: string, open: () => Promise<StateUnderTest>): void {
  describe(`${name}, settling`, () => {
    let under: StateUnderTest;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.state.close());

    const settle = (account: TenantRef, claim: Claim, nanodollars: number, changes = {}): Promise<void> =>
      under.state.admission.settle(account, settlementOf(claim, nanodollars, changes), calm);
    const sweep = (account: TenantRef): Promise<number> => under.state.admission.sweep(account, calm);
    const left = (account: TenantRef, budget = hard(1_000)): Promise<number> => findLeft(under.state, account, budget);
    const ledger = async (account: TenantRef) =>
      (await readLedger(under.state, account)).map(({ id, nanodollars }) => [id, nanodollars]);

    async function admitted(account: TenantRef, changes: ClaimChanges = {}): Promise<Claim> {
      const claim = createClaim({ budgets, ...changes });
      expect(wordOf(await under.state.admission.admit(account, claim, calm))).toBe('admitted');
      return claim;
    }

    /** A claim whose lease has expired. */
    async function expired(account: TenantRef, changes: ClaimChanges = {}): Promise<Claim> {
      const claim = await admitted(account, { ttlMilliseconds: 50, ...changes });
      await under.pass(60);
      return claim;
    }

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
