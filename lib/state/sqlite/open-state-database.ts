import type { DatabaseSync } from 'node:sqlite';
import { budgetSchema } from '#lib/admission/sqlite/budgets.ts';
import { leaseSchema } from '#lib/admission/sqlite/leases.ts';
import { rateSchema } from '#lib/admission/sqlite/rates.ts';
import { corpusSchema } from '#lib/cache/sqlite/corpus-schema.ts';
import { openDatabase } from '#lib/core/sqlite.ts';
import { dailySumsSchema } from '#lib/usage/sqlite/daily-sums.ts';
import { ledgerSchema } from '#lib/usage/sqlite/ledger.ts';
import { recordSchema } from './record-schema.ts';

const schemas = [recordSchema, rateSchema, leaseSchema, budgetSchema, ledgerSchema, dailySumsSchema, corpusSchema];

/** The one file that all embedded state lies in. */
export const openStateDatabase = (file: string): DatabaseSync => openDatabase(file, schemas.join('\n'));
