import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, vi } from 'vitest';
import { isCharged, type LedgerEntry } from '#lib/usage/ledger-entry.ts';
import type { RecordedCall } from '#tests/support/upstream-call.ts';
import type { Books } from './books.ts';
import { promptOf } from './prompt-of.ts';
import { chargeOf } from './provider.ts';

const sum = (amounts: number[]): number => amounts.reduce((total, amount) => total + amount, 0);
const costOf = (entries: readonly LedgerEntry[]): number =>
  sum(entries.filter(isCharged).map(({ nanodollars }) => nanodollars));

/** Looks into the books until it is told to stop, and remembers the most that was spent and reserved of each budget. */
export function watchBudgets({ budgets }: Pick<Books, 'budgets'>) {
  const most = new Map<string, number>();
  let isOver = false;
  async function watch(): Promise<void> {
    while (!isOver) {
      for (const [owner, { spent, reserved }] of Object.entries(await budgets())) {
        most.set(owner, Math.max(most.get(owner) ?? 0, spent + reserved));
      }
      await wait(50);
    }
  }
  const watching = watch();
  async function stop(): Promise<void> {
    isOver = true;
    await watching;
  }
  onTestFinished(stop);
  return { most, stop };
}

/** Leases of killed processes last 15 s, and are ended within 10 s more. */
export const awaitNoLease = ({ leases }: Books): Promise<void> =>
  vi.waitFor(async () => expect(await leases()).toBe(0), { timeout: 30_000, interval: 500 });

/** Compares the provider's bill with the ledger, call by call. Gives the sum of each. */
export async function expectBalance(books: Books, calls: readonly RecordedCall[], budgets: Record<string, number>) {
  const entries = await books.entries();
  const entriesOf = Map.groupBy(entries, ({ request_id: id }) => id);
  const billOf = new Map<string, number>();
  for (const call of calls) {
    const [name = ''] = promptOf(call).split(' ');
    billOf.set(name, (billOf.get(name) ?? 0) + chargeOf(call));
  }
  const estimated = { ledger: 0, bill: 0, count: 0 };
  const counts = { reported: 0, lost: 0 };
  const wrong: object[] = [];
  for (const [name, found] of entriesOf) {
    const bill = billOf.get(name) ?? 0;
    const cost = costOf(found);
    if (found.some(({ outcome }) => outcome === 'lost')) {
      counts.lost += 1;
      if (cost < bill) wrong.push({ name, bill, found });
    } else if (found.some((entry) => entry.estimated)) {
      estimated.count += 1;
      estimated.ledger += cost;
      estimated.bill += bill;
    } else {
      counts.reported += 1;
      if (cost !== bill) wrong.push({ name, bill, found });
    }
  }
  for (const [name, bill] of billOf) if (bill > 0 && !entriesOf.has(name)) wrong.push({ name, bill });
  expect(wrong).toEqual([]);
  expect(counts.reported).toBeGreaterThan(20);
  expect(estimated.count).toBeGreaterThan(20);
  expect(Math.abs(estimated.ledger / estimated.bill - 1), JSON.stringify(estimated)).toBeLessThan(0.02);

  const spent = costOf(entries);
  const bill = sum([...billOf.values()]);
  const standings = await books.budgets();
  for (const [owner, limit] of Object.entries(budgets)) {
    expect(standings[owner], owner).toEqual({ spent, reserved: 0 });
    expect(spent).toBeLessThanOrEqual(limit);
    expect(bill).toBeLessThanOrEqual(limit);
  }
  return { spent, bill, ...counts };
}
