import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Claim } from '#lib/admission/admission-store.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { calm } from '#tests/support/scope.ts';
import {
  createAccount,
  createClaim,
  createEntry,
  findLeft,
  hard,
  readLedger,
  settlementOf,
  sumOf,
  wordOf,
} from './admission-store-claims.ts';
import { useState, type StateUnderTest } from './state-under-test.ts';

const limit = 1_000;
const lifetimes = { short: 1_000, long: 600_000 };

type Step =
  | { kind: 'admit'; amount: number; lifetime: keyof typeof lifetimes; again: boolean; pick: number }
  | { kind: 'settle'; pick: number; share: number; calls: number }
  | { kind: 'pass' };

const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant<'admit'>('admit'),
        amount: fc.integer({ min: 0, max: 400 }),
        lifetime: fc.constantFrom<keyof typeof lifetimes>('short', 'long'),
        again: fc.boolean(),
        pick: fc.nat(),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant<'settle'>('settle'),
        pick: fc.nat(),
        share: fc.integer({ min: 0, max: 4 }),
        calls: fc.integer({ min: 1, max: 3 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant<'pass'>('pass') }) },
  ),
  { maxLength: 30 },
);

const sum = (amounts: Iterable<number>): number => [...amounts].reduce((total, amount) => total + amount, 0);

/** What is reserved, and what stands in the ledger of each call, as simply as can be said. */
function createModel() {
  const leases = new Map<string, Claim>();
  const paid = new Map<string, number>();
  const lost = new Map<string, Claim>();
  const reserved = () => sum([...leases.values()].map((claim) => claim.lost.nanodollars));
  const spent = () => sum(paid.values()) + sum([...lost.values()].map((claim) => claim.lost.nanodollars));
  return {
    spent,
    used: () => reserved() + spent(),
    admit: (claim: Claim) => void leases.set(claim.leaseId, claim),
    settle({ leaseId, callId }: Claim, amount: number | undefined) {
      leases.delete(leaseId);
      if (amount !== undefined || lost.get(callId)?.leaseId === leaseId) lost.delete(callId);
      if (amount !== undefined && !paid.has(callId)) paid.set(callId, amount);
    },
    expire() {
      for (const claim of leases.values()) {
        if (claim.ttlMilliseconds !== lifetimes.short) continue;
        leases.delete(claim.leaseId);
        if (!paid.has(claim.callId) && !lost.has(claim.callId)) lost.set(claim.callId, claim);
      }
    },
  };
}

/** Compares a store with the model over random histories. Run by each adapter's own test. */
export function describeAgainstModel(name: string, runs: number, open: () => Promise<StateUnderTest>): void {
  describe(`${name} against a model`, () => {
    const under = useState(open);

    /** Leases that expire do so one after the other, so that it is known which of two is lost. */
    async function run(account: TenantRef, history: readonly Step[]): Promise<void> {
      const { admission } = under.state;
      const model = createModel();
      const claims: Claim[] = [];
      const settled = new Map<string, readonly number[]>();

      /** A claim that was settled is settled as it was. */
      async function settle(claim: Claim, wanted: readonly number[]): Promise<void> {
        const amounts = settled.get(claim.leaseId) ?? wanted;
        settled.set(claim.leaseId, amounts);
        const entries = amounts.map((nanodollars, n) => createEntry(`${claim.callId}.${n}`, { nanodollars }));
        await admission.settle(account, settlementOf(claim, 0, { entries }), calm);
        model.settle(claim, amounts.length === 0 ? undefined : sum(amounts));
      }

      const budgets = [hard(limit), hard(limit, { owner: 'key:one', isHard: false })];
      for (const step of history) {
        if (step.kind === 'admit') {
          const earlier = step.again ? claims[step.pick % Math.max(1, claims.length)] : undefined;
          const claim = createClaim({
            budgets,
            nanodollars: step.amount,
            ttlMilliseconds: lifetimes[step.lifetime],
            ...(earlier ? { callId: earlier.callId } : {}),
          });
          const isAdmitted = step.amount === 0 || model.used() + step.amount <= limit;
          const word = wordOf(await admission.admit(account, claim, calm));
          expect(word).toBe(isAdmitted ? 'admitted' : 'budget');
          if (isAdmitted) {
            model.admit(claim);
            claims.push(claim);
            await under.pass(2);
          }
        } else if (step.kind === 'settle') {
          const claim = claims[step.pick % Math.max(1, claims.length)];
          if (!claim) continue;
          const each = Math.floor((claim.lost.nanodollars * step.share) / 4 / step.calls);
          await settle(claim, step.share === 0 ? [] : Array.from({ length: step.calls }, () => each));
        } else {
          await under.pass(lifetimes.short + 100);
          await admission.sweep(account, calm);
          model.expire();
        }
        expect(model.used()).toBeLessThanOrEqual(limit);
      }
      const left = async () => limit - (await findLeft(under.state, account, hard(limit)));
      expect(await left()).toBe(model.used());
      for (const claim of claims) await settle(claim, [claim.lost.nanodollars]);
      expect(await left()).toBe(model.spent());
      expect(sumOf(await readLedger(under.state, account))).toBe(model.spent());
      const days = { from: '2000-01-01', to: '9999-12-31' };
      expect(sumOf(await under.state.usage.daily(account, days, calm))).toBe(model.spent());
    }

    test('whatever happens, spent and reserved never exceed the budget and come to what is in the ledger', async () => {
      await fc.assert(
        fc.asyncProperty(steps, (history) => run(createAccount(), history)),
        { numRuns: runs },
      );
    }, 120_000);
  });
}
