import { randomUUID } from 'node:crypto';
import type { BudgetClaim, Claim, Settlement, Verdict } from '#lib/admission/admission-store.ts';
import type { State } from '#lib/state/state.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { LedgerEntry } from '#lib/usage/ledger-entry.ts';
import { calm } from '#tests/support/scope.ts';
import type { StateUnderTest } from './state-under-test.ts';

let names = 0;
/** An account that no other test of this run or an earlier one uses. */
export const createAccount = (tenantId = 'acme'): TenantRef => ({
  tenantId,
  incarnation: `account-${Date.now()}-${(names += 1)}`,
});

export const dayAt = (time: number): string => new Date(time).toISOString().slice(0, 10);
export const day = 86_400_000;

export function createEntry(id: string, changes: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    id,
    at: new Date().toISOString(),
    user_id: 'user-1',
    key_id: undefined,
    function: 'query',
    provider: 'simulator',
    model: 'small',
    kind: 'chat',
    price_version: '2026-01',
    input_tokens: 10,
    cached_input_tokens: 4,
    output_tokens: 5,
    nanodollars: 100,
    estimated: false,
    own_key: false,
    request_id: 'request-1',
    outcome: 'success',
    ...changes,
  };
}

export interface ClaimChanges extends Partial<Omit<Claim, 'lost' | 'limits'>> {
  limits?: Partial<Claim['limits']>;
  /** The worst case. */
  nanodollars?: number;
  at?: string;
}

/** A claim without limits unless it is given some. */
export function createClaim({ limits, nanodollars = 100, at, ...changes }: ClaimChanges = {}): Claim {
  const callId = changes.callId ?? randomUUID();
  const entry = createEntry(callId, { nanodollars, outcome: 'lost', ...(at === undefined ? {} : { at }) });
  return {
    leaseId: randomUUID(),
    ttlMilliseconds: 30_000,
    tokens: 0,
    budgets: [],
    ...changes,
    callId,
    lost: entry,
    limits: { requestsPerMinute: undefined, tokensPerMinute: undefined, concurrentRequests: undefined, ...limits },
  };
}

export const hard = (limit: number, changes: Partial<BudgetClaim> = {}): BudgetClaim => ({
  owner: 'tenant',
  period: 'total',
  limit,
  isHard: true,
  ...changes,
});

/** A settlement of a claim with one entry of so much, or with none for 0. */
export const settlementOf = (
  { leaseId, callId, budgets, tokens }: Claim,
  nanodollars: number,
  changes: Partial<Settlement> = {},
): Settlement => ({
  leaseId,
  callId,
  tokens,
  budgets,
  entries: nanodollars === 0 ? [] : [createEntry(`${callId}.0`, { nanodollars })],
  ...changes,
});

/** What the verdict says in a word. */
export const wordOf = (verdict: Verdict): string => (verdict.isAdmitted ? 'admitted' : verdict.by);

/** The ledger's entries of all days with sums. */
export async function readLedger({ usage }: Pick<State, 'usage'>, account: TenantRef): Promise<LedgerEntry[]> {
  const rows = await usage.daily(account, { from: '0001-01-01', to: '9999-12-31' }, calm);
  const days = new Set(rows.map((row) => row.day));
  const entries: LedgerEntry[] = [];
  for (const each of days) entries.push(...(await Array.fromAsync(usage.entries(account, each, calm))));
  return entries;
}

export const sumOf = (entries: readonly Pick<LedgerEntry, 'nanodollars'>[]): number =>
  entries.reduce((sum, { nanodollars }) => sum + nanodollars, 0);

/** What is left of a budget, by asking for it: it takes what it finds and gives it back. */
export async function findLeft(
  { admission }: Pick<State, 'admission'>,
  account: TenantRef,
  budget: BudgetClaim,
): Promise<number> {
  let [low, high] = [0, budget.limit];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const claim = createClaim({ budgets: [budget], nanodollars: middle });
    const { isAdmitted } = await admission.admit(account, claim, calm);
    if (isAdmitted) await admission.settle(account, settlementOf(claim, 0), calm);
    if (isAdmitted) low = middle;
    else high = middle - 1;
  }
  return low;
}

export const times = <T>(count: number, each: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => each(i));

/** Asks a store for what its claims come to. */
export function createAsker(under: Pick<StateUnderTest, 'state'>) {
  const admit = (account: TenantRef, claim: Claim): Promise<Verdict> =>
    under.state.admission.admit(account, claim, calm);
  return {
    admit,
    admitAll: async (account: TenantRef, claims: readonly Claim[]): Promise<string[]> =>
      (await Promise.all(claims.map((claim) => admit(account, claim)))).map(wordOf),
    settle: (account: TenantRef, claim: Claim, nanodollars: number): Promise<void> =>
      under.state.admission.settle(account, settlementOf(claim, nanodollars), calm),
  };
}
