import type { DatabaseSync } from 'node:sqlite';
import type { BudgetClaim } from '../admission-store.ts';
import { isLater, toBelievedPeriod } from '../period.ts';

export const budgetSchema = `
  CREATE TABLE IF NOT EXISTS budget (
    account TEXT NOT NULL, owner TEXT NOT NULL, period TEXT NOT NULL, spent INTEGER NOT NULL, reserved INTEGER NOT NULL,
    PRIMARY KEY (account, owner)
  ) STRICT, WITHOUT ROWID;`;

/** A budget in the period that something was claimed from it. */
export type PaidFrom = Pick<BudgetClaim, 'owner' | 'period'>;

/** Inside the caller's transaction. */
export interface Budgets {
  /** The period that is under way if this one is claimed, and what was spent and reserved in it. */
  open(account: string, claimed: PaidFrom, now: number): PaidFrom & { used: number };
  reserve(account: string, from: PaidFrom, amount: number): void;
  /** What belongs to an earlier period, or to one that was replaced, is not counted in the one under way. */
  spend(account: string, from: readonly PaidFrom[], amount: number): void;
  takeBack(account: string, from: readonly PaidFrom[], amounts: { spent?: number; reserved?: number }): void;
  forget(account: string): void;
}

const start = 'INSERT INTO budget (account, owner, period, spent, reserved)';

export function createBudgets(database: DatabaseSync): Budgets {
  const find = database.prepare('SELECT * FROM budget WHERE account = :account AND owner = :owner');
  const reserve = database.prepare(`${start} VALUES (:account, :owner, :period, 0, :amount)
    ON CONFLICT DO UPDATE SET spent = iif(period = excluded.period, spent, 0),
      reserved = iif(period = excluded.period, reserved, 0) + excluded.reserved, period = excluded.period`);
  const spend = database.prepare(`${start} VALUES (:account, :owner, :period, :amount, 0)
    ON CONFLICT DO UPDATE SET spent = iif(period = excluded.period, spent, 0) + excluded.spent,
      reserved = iif(period = excluded.period, reserved, 0), period = excluded.period
    WHERE period = excluded.period OR (length(period) = length(excluded.period) AND period < excluded.period)`);
  const takeBack = database.prepare(`
    UPDATE budget SET spent = max(0, spent - :spent), reserved = max(0, reserved - :reserved)
    WHERE account = :account AND owner = :owner AND period = :period`);
  const forget = database.prepare('DELETE FROM budget WHERE account = :account');

  return {
    open(account, { owner, period: claimed }, now) {
      const period = toBelievedPeriod(claimed, now);
      const row = find.get({ account, owner });
      const stored = row && String(row['period']);
      if (stored === undefined || stored.length !== period.length || isLater(period, stored)) {
        return { owner, period, used: 0 };
      }
      return { owner, period: stored, used: Number(row?.['spent']) + Number(row?.['reserved']) };
    },
    reserve: (account, { owner, period }, amount) => void reserve.run({ account, owner, period, amount }),
    spend(account, from, amount) {
      for (const { owner, period } of from) spend.run({ account, owner, period, amount });
    },
    takeBack(account, from, { spent = 0, reserved = 0 }) {
      for (const { owner, period } of from) takeBack.run({ account, owner, period, spent, reserved });
    },
    forget: (account) => void forget.run({ account }),
  };
}
