import type { DatabaseSync } from 'node:sqlite';
import { toRateWindow, windowSteps, type RateWindow } from '../rate-window.ts';

export const rateSchema = `
  CREATE TABLE IF NOT EXISTS rate (
    account TEXT NOT NULL, kind TEXT NOT NULL, step INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (account, kind, step)
  ) STRICT, WITHOUT ROWID;`;

type Kind = 'requests' | 'tokens';

/** Inside the caller's transaction. */
export interface Rates {
  open(account: string, kind: Kind, now: number): RateWindow;
  add(account: string, kind: Kind, step: number, amount: number): void;
  /** A count of a step that still counts becomes another one. */
  correct(account: string, kind: Kind, step: number, difference: number): void;
  forget(account: string): void;
}

export function createRates(database: DatabaseSync): Rates {
  const find = database.prepare('SELECT step, count FROM rate WHERE account = :account AND kind = :kind ORDER BY step');
  const add = database.prepare(`
    INSERT INTO rate (account, kind, step, count) VALUES (:account, :kind, :step, :amount)
    ON CONFLICT DO UPDATE SET count = count + excluded.count`);
  const drop = database.prepare('DELETE FROM rate WHERE account = :account AND kind = :kind AND step <= :step');
  const correct = database.prepare(`
    UPDATE rate SET count = max(0, count + :difference) WHERE account = :account AND kind = :kind AND step = :step`);
  const forget = database.prepare('DELETE FROM rate WHERE account = :account');

  return {
    open(account, kind, now) {
      const rows = find.all({ account, kind });
      return toRateWindow(
        rows.map(({ step, count }) => ({ step: Number(step), count: Number(count) })),
        now,
      );
    },
    add(account, kind, step, amount) {
      drop.run({ account, kind, step: step - windowSteps });
      add.run({ account, kind, step, amount });
    },
    correct: (account, kind, step, difference) => void correct.run({ account, kind, step, difference }),
    forget: (account) => void forget.run({ account }),
  };
}
