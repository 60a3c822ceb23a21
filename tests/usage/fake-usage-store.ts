import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { dayOf, type LedgerEntry } from '#lib/usage/ledger-entry.ts';
import type { DailyUsage, UsageStore } from '#lib/usage/usage-store.ts';

const toUsage = (entry: LedgerEntry): DailyUsage => ({
  day: dayOf(entry),
  model: entry.model,
  user_id: entry.user_id,
  key_id: entry.key_id,
  function: entry.function,
  requests: 1,
  input_tokens: entry.input_tokens,
  cached_input_tokens: entry.cached_input_tokens,
  output_tokens: entry.output_tokens,
  nanodollars: entry.nanodollars,
  estimated_nanodollars: entry.estimated ? entry.nanodollars : 0,
});

export interface FakeUsageStore extends UsageStore {
  add(account: TenantRef, ...entries: LedgerEntry[]): void;
  /** Days that were asked for at once, by call. */
  asked: { from: string; to: string }[];
}

/** Each entry is a row of its own day. */
export function createFakeUsageStore(): FakeUsageStore {
  const kept = new Map<string, LedgerEntry[]>();
  const asked: { from: string; to: string }[] = [];
  const nameOf = ({ tenantId, incarnation }: TenantRef) => `${tenantId}.${incarnation}`;
  return {
    asked,
    add: (account, ...entries) => void kept.set(nameOf(account), [...(kept.get(nameOf(account)) ?? []), ...entries]),
    async daily(account, days) {
      asked.push(days);
      const entries = kept.get(nameOf(account)) ?? [];
      return entries.map(toUsage).filter(({ day }) => day >= days.from && day <= days.to);
    },
    partDays: async () => [],
    async *entries(account, day) {
      for (const entry of kept.get(nameOf(account)) ?? []) if (dayOf(entry) === day) yield entry;
    },
  };
}

export const toEntry = (changes: Partial<LedgerEntry> = {}): LedgerEntry => ({
  id: 'call.1',
  at: '2026-11-05T12:00:00.000Z',
  user_id: 'user-1',
  function: 'query',
  provider: 'openai',
  model: 'gpt',
  kind: 'chat',
  price_version: 'v1',
  input_tokens: 100,
  cached_input_tokens: 10,
  output_tokens: 20,
  nanodollars: 1_500,
  estimated: false,
  own_key: false,
  request_id: 'request-1',
  outcome: 'success',
  ...changes,
});
