import { describe, test, type TestContext } from 'vitest';
import { calm } from '#tests/support/scope.ts';
import { createAccount, createClaim, settlementOf, wordOf } from './admission-store-claims.ts';
import type { StateUnderTest } from './state-under-test.ts';

/** A test on a clock that can't be moved takes a minute and some; they run at once. */
const timeout = 100_000;

/** How rates slide. Run by each adapter whose time is worth it. */
export function describeRateWindows(name: string, open: () => Promise<StateUnderTest>): void {
  describe.concurrent(`${name}, sliding`, () => {
    /** On a clock of the test's own. */
    const openAccount = async ({ onTestFinished }: TestContext) => {
      const under = await open();
      onTestFinished(() => under.state.close());
      const account = createAccount();
      return {
        under,
        account,
        admit: (tokens: number) => {
          const claim = createClaim({ limits: { requestsPerMinute: 10, tokensPerMinute: 100 }, tokens });
          return under.state.admission.admit(account, claim, calm);
        },
      };
    };

    test(
      'a request counts for 60 s and no more than 60.5, and one that was told when to come back is let in then',
      async (context) => {
        const { admit, under } = await openAccount(context);
        for (let count = 0; count < 10; count += 1) context.expect(wordOf(await admit(0))).toBe('admitted');
        await under.pass(30_000);
        const early = await admit(0);
        context.expect(early).toMatchObject({ isAdmitted: false, by: 'requests' });
        await under.pass(29_900);
        const refused = await admit(0);
        context.expect(wordOf(refused)).toBe('requests');
        if (refused.isAdmitted) return;
        await under.pass((refused.retryMilliseconds ?? 0) + 5);
        for (let count = 0; count < 10; count += 1) context.expect(wordOf(await admit(0))).toBe('admitted');
        context.expect(wordOf(await admit(0))).toBe('requests');
      },
      timeout,
    );

    test(
      'tokens leave one step after the other, as is told',
      async (context) => {
        const { admit, under } = await openAccount(context);
        context.expect(wordOf(await admit(40))).toBe('admitted');
        await under.pass(5_000);
        context.expect(wordOf(await admit(60))).toBe('admitted');
        await under.pass(50_000);
        const [small, large] = [await admit(40), await admit(41)];
        if (small.isAdmitted || large.isAdmitted) throw new Error('There is no room');
        const [first, second] = [small.retryMilliseconds ?? 0, large.retryMilliseconds ?? 0];
        context.expect(second - first).toBeGreaterThanOrEqual(4_500);
        context.expect(second - first).toBeLessThanOrEqual(5_600);
        context.expect(small.tokens?.resetMilliseconds ?? 0).toBeLessThanOrEqual(first + 100);
        await under.pass(first + 5);
        context.expect(wordOf(await admit(41))).toBe('tokens');
        context.expect(wordOf(await admit(40))).toBe('admitted');
      },
      timeout,
    );

    test(
      'a settlement that comes after the minute corrects nothing',
      async (context) => {
        const { account, admit, under } = await openAccount(context);
        const claim = createClaim({ limits: { tokensPerMinute: 100 }, tokens: 30, ttlMilliseconds: 120_000 });
        await under.state.admission.admit(account, claim, calm);
        await under.pass(61_000);
        context.expect(await admit(70)).toMatchObject({ isAdmitted: true, tokens: { remaining: 30 } });
        await under.state.admission.settle(account, settlementOf(claim, 1, { tokens: 90 }), calm);
        context.expect(await admit(30)).toMatchObject({ isAdmitted: true, tokens: { remaining: 0 } });
      },
      timeout,
    );

    test(
      'in no 60 s more is let in than the limit, and almost all of it is, whenever it is asked for',
      async (context) => {
        const { admit, under } = await openAccount(context);
        const admitted: number[] = [];
        const start = under.now();
        while (under.now() < start + 64_000) {
          if (wordOf(await admit(0)) === 'admitted') admitted.push(under.now());
          await under.pass(170);
        }
        for (const [index, time] of admitted.entries()) {
          const minute = admitted.slice(index).filter((other) => other < time + 60_000);
          context.expect(minute.length).toBeLessThanOrEqual(10);
        }
        context.expect(admitted.length).toBeGreaterThan(10);
      },
      timeout,
    );
  });
}
