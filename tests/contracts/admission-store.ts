import { describe, expect, test } from 'vitest';
import type { Claim } from '#lib/admission/admission-store.ts';
import { calm } from '#tests/support/scope.ts';
import {
  createAccount,
  createAsker,
  createClaim,
  findLeft,
  hard,
  readLedger,
  settlementOf,
  times,
  wordOf,
} from './admission-store-claims.ts';
import { useState, type StateUnderTest } from './state-under-test.ts';

/** Who every admission store lets in. Run by each adapter's own test. */
export function describeAdmissionStore(name: string, open: () => Promise<StateUnderTest>): void {
  describe(`${name} as an admission store`, () => {
    const under = useState(open);
    const { admit, admitAll, settle } = createAsker(under);

    test('a claim without limits is let in, and tells of none', async () => {
      expect(await admit(createAccount(), createClaim({ tokens: 1_000_000 }))).toEqual({
        isAdmitted: true,
        requests: undefined,
        tokens: undefined,
      });
    });

    test('of many requests at once exactly the limit is let in, and the others are told when to come back', async () => {
      const account = createAccount();
      const claims = times(40, () => createClaim({ limits: { requestsPerMinute: 17 } }));
      const verdicts = await Promise.all(claims.map((claim) => admit(account, claim)));
      expect(verdicts.filter(({ isAdmitted }) => isAdmitted)).toHaveLength(17);
      const refused = verdicts.filter((verdict) => !verdict.isAdmitted);
      expect(new Set(refused.map(({ by }) => by))).toEqual(new Set(['requests']));
      for (const { retryMilliseconds, requests } of refused) {
        expect(retryMilliseconds).toBeGreaterThan(50_000);
        expect(retryMilliseconds).toBeLessThanOrEqual(60_500);
        expect(requests).toMatchObject({ limit: 17, remaining: 0 });
      }
    });

    test('what remains is told with each verdict', async () => {
      const account = createAccount();
      const limits = { requestsPerMinute: 3, tokensPerMinute: 100 };
      const first = await admit(account, createClaim({ limits, tokens: 30 }));
      expect(first).toMatchObject({ requests: { limit: 3, remaining: 2 }, tokens: { limit: 100, remaining: 70 } });
      expect(first.requests?.resetMilliseconds).toBeGreaterThan(59_000);
      expect(first.requests?.resetMilliseconds).toBeLessThanOrEqual(60_500);
      const refused = await admit(account, createClaim({ limits, tokens: 71 }));
      expect(refused).toMatchObject({ isAdmitted: false, by: 'tokens' });
      expect(refused).toMatchObject({ requests: { remaining: 2 }, tokens: { remaining: 70 } });
    });

    test('of many claims of tokens at once exactly the limit is let in', async () => {
      const account = createAccount();
      const claims = times(30, () => createClaim({ limits: { tokensPerMinute: 1_000 }, tokens: 90 }));
      expect((await admitAll(account, claims)).filter((word) => word === 'admitted')).toHaveLength(11);
    });

    test('a claim of more tokens than a minute has is let in by a minute that is empty, and by no other', async () => {
      const account = createAccount();
      const claim = () => createClaim({ limits: { tokensPerMinute: 1_000 }, tokens: 5_000 });
      expect(await admit(account, claim())).toMatchObject({ isAdmitted: true, tokens: { remaining: 0 } });
      expect(await admit(account, claim())).toMatchObject({ isAdmitted: false, by: 'tokens' });
    });

    test('tokens that were not used can be claimed again, and those that were used beyond the claim count', async () => {
      const account = createAccount();
      const limits = { tokensPerMinute: 1_000 };
      const large = createClaim({ limits, tokens: 5_000 });
      await admit(account, large);
      await under.state.admission.settle(account, settlementOf(large, 1, { tokens: 300 }), calm);
      const next = createClaim({ limits, tokens: 100 });
      expect(await admit(account, next)).toMatchObject({ isAdmitted: true, tokens: { remaining: 600 } });
      await under.state.admission.settle(account, settlementOf(next, 1, { tokens: 650 }), calm);
      const last = await admit(account, createClaim({ limits, tokens: 51 }));
      expect(last).toMatchObject({ isAdmitted: false, tokens: { remaining: 50 } });
      expect(await admit(account, createClaim({ limits, tokens: 50 }))).toMatchObject({ isAdmitted: true });
    });

    test('of many requests at once exactly so many are under way as may be, and one that ends makes room', async () => {
      const account = createAccount();
      const limits = { concurrentRequests: 5 };
      const claims = times(20, () => createClaim({ limits }));
      const verdicts = await Promise.all(claims.map((claim) => admit(account, claim)));
      const admitted = claims.filter((_, index) => verdicts[index]?.isAdmitted);
      expect(admitted).toHaveLength(5);
      const refused = verdicts.find(({ isAdmitted }) => !isAdmitted);
      expect(refused).toMatchObject({ by: 'concurrency', retryMilliseconds: expect.any(Number) });
      for (const claim of admitted.slice(0, 2)) await settle(account, claim, 0);
      expect(
        await admitAll(
          account,
          times(4, () => createClaim({ limits })),
        ),
      ).toEqual(expect.arrayContaining(['admitted', 'admitted', 'concurrency', 'concurrency']));
    });

    test('a lease that has expired holds no place, one that is renewed does', async () => {
      const account = createAccount();
      const limits = { concurrentRequests: 2 };
      const [short, renewed] = times(2, () => createClaim({ limits, ttlMilliseconds: 400 }));
      if (short && renewed) {
        await admitAll(account, [short, renewed]);
        await under.state.admission.renew(account, [renewed.leaseId, 'no-such-lease'], 30_000, calm);
      }
      await under.pass(450);
      expect(wordOf(await admit(account, createClaim({ limits })))).toBe('admitted');
      expect(wordOf(await admit(account, createClaim({ limits })))).toBe('concurrency');
    });

    test('any number of leases is renewed', async () => {
      const account = createAccount();
      const claims = times(250, () => createClaim({ ttlMilliseconds: 2_000 }));
      await admitAll(account, claims);
      await under.state.admission.renew(
        account,
        claims.map(({ leaseId }) => leaseId),
        60_000,
        calm,
      );
      await under.pass(2_100);
      expect(await under.state.admission.sweep(account, calm)).toBe(0);
    });

    test('a refusal by one limit takes nothing from the others, in the order of their names', async () => {
      const account = createAccount();
      const limits = { requestsPerMinute: 10, tokensPerMinute: 100, concurrentRequests: 10 };
      const budgets = [hard(100)];
      await admit(account, createClaim({ limits: { ...limits, concurrentRequests: undefined }, tokens: 10, budgets }));
      const tries: [Partial<Claim['limits']>, number, string][] = [
        [{ requestsPerMinute: 1, tokensPerMinute: 10, concurrentRequests: 1 }, 1, 'requests'],
        [{ tokensPerMinute: 10, concurrentRequests: 1 }, 1, 'tokens'],
        [{ concurrentRequests: 1 }, 1, 'concurrency'],
        [{}, 1, 'budget'],
      ];
      for (const [changes, tokens, by] of tries) {
        const claim = createClaim({ limits: { ...limits, ...changes }, tokens, budgets });
        expect(wordOf(await admit(account, claim))).toBe(by);
      }
      const last = await admit(account, createClaim({ limits, nanodollars: 0 }));
      expect(last).toMatchObject({ isAdmitted: true, requests: { remaining: 8 }, tokens: { remaining: 90 } });
    });

    test('what one account does is nothing to another', async () => {
      const claim = () =>
        createClaim({ limits: { requestsPerMinute: 1, concurrentRequests: 1 }, budgets: [hard(100)] });
      const accounts = [createAccount('acme'), createAccount('acme-corp'), createAccount('acme')];
      for (const account of accounts) expect(wordOf(await admit(account, claim()))).toBe('admitted');
      for (const account of accounts) expect(wordOf(await admit(account, claim()))).toBe('requests');
    });

    test('a forgotten account begins anew, and another one does not', async () => {
      const [account, neighbour] = [createAccount(), createAccount()];
      const claim = () => createClaim({ limits: { requestsPerMinute: 2, tokensPerMinute: 10 }, budgets: [hard(200)] });
      for (const each of [account, neighbour]) {
        const settled = claim();
        await admitAll(each, [settled, claim()]);
        await settle(each, settled, 50);
      }
      await under.state.admission.forget(account, calm);
      expect(await readLedger(under.state, account)).toEqual([]);
      expect(await findLeft(under.state, account, hard(200))).toBe(200);
      expect(wordOf(await admit(account, claim()))).toBe('admitted');
      expect(await readLedger(under.state, neighbour)).toHaveLength(1);
      expect(wordOf(await admit(neighbour, claim()))).toBe('requests');
    });

    test('an aborted signal ends a call before it writes', async () => {
      const account = createAccount();
      const claim = createClaim({ limits: { concurrentRequests: 1 } });
      const aborted = AbortSignal.abort();
      const { admission, usage } = under.state;
      await expect(admission.admit(account, claim, aborted)).rejects.toMatchObject({ name: 'AbortError' });
      expect(wordOf(await admit(account, claim))).toBe('admitted');
      await expect(admission.settle(account, settlementOf(claim, 5), aborted)).rejects.toThrow();
      await expect(admission.forget(account, aborted)).rejects.toThrow();
      await expect(usage.daily(account, { from: '2026-01-01', to: '2026-01-02' }, aborted)).rejects.toThrow();
      expect(await readLedger(under.state, account)).toEqual([]);
    });
  });
}
