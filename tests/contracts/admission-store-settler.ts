import { expect } from 'vitest';
import type { Claim } from '#lib/admission/admission-store.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { calm } from '#tests/support/scope.ts';
import {
  createClaim,
  findLeft,
  hard,
  readLedger,
  settlementOf,
  wordOf,
  type ClaimChanges,
} from './admission-store-claims.ts';
import type { StateUnderTest } from './state-under-test.ts';

/** Of each claim that names no other. */
export const budgets = [hard(1_000)];

/** What tests of settling do with a store, which may be opened later. */
export function createSettler(under: StateUnderTest) {
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

  return { settle, sweep, left, ledger, admitted, expired };
}
