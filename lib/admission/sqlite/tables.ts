import type { DatabaseSync } from 'node:sqlite';
import type { Retention } from '#lib/usage/rows-of-day.ts';
import { createLedger, type Ledger } from '#lib/usage/sqlite/ledger.ts';
import { createBudgets, type Budgets } from './budgets.ts';
import { createLeases, type Leases } from './leases.ts';
import { createRates, type Rates } from './rates.ts';

/** What admission reads and writes, all in one database. */
export interface Tables {
  rates: Rates;
  leases: Leases;
  budgets: Budgets;
  ledger: Ledger;
}

export const createTables = (database: DatabaseSync, retention: Retention): Tables => ({
  rates: createRates(database),
  leases: createLeases(database, retention),
  budgets: createBudgets(database),
  ledger: createLedger(database, retention),
});
