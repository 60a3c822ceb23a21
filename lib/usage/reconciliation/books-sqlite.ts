import { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import { dayOf, isCharged, type LedgerEntry } from '../ledger-entry.ts';
import type { Books } from './books.ts';

/** Without a name, the database lies in a file of its own that is gone when it is closed: memory holds its cache alone. */
const temporary = '';

const schema = `
  PRAGMA journal_mode = OFF;
  PRAGMA synchronous = OFF;
  CREATE TABLE call (
    book TEXT NOT NULL, tenantId TEXT NOT NULL, id TEXT NOT NULL, day TEXT NOT NULL, provider TEXT NOT NULL,
    model TEXT NOT NULL, isBilled INTEGER NOT NULL, inputTokens INTEGER NOT NULL, cachedTokens INTEGER NOT NULL,
    outputTokens INTEGER NOT NULL, nanodollars INTEGER NOT NULL, outcome TEXT NOT NULL
  ) STRICT;
  CREATE INDEX call_id ON call (tenantId, id);
  CREATE TABLE daily (
    tenantId TEXT NOT NULL, day TEXT NOT NULL, model TEXT NOT NULL, calls INTEGER NOT NULL,
    inputTokens INTEGER NOT NULL, cachedTokens INTEGER NOT NULL, outputTokens INTEGER NOT NULL, nanodollars INTEGER NOT NULL
  ) STRICT;`;

const sums = `count(*) AS calls, sum(inputTokens) AS inputTokens, sum(outputTokens) AS outputTokens, sum(nanodollars) AS nanodollars`;

const faulty = `
  WITH pair AS (
    SELECT tenantId, id, max(day) AS day, max(model) AS model, max(outcome) AS outcome,
      sum(book = 'ledger') AS inLedger, sum(book = 'log') AS inLog,
      sum(iif(book = 'ledger', nanodollars, 0)) AS ledger, sum(iif(book = 'log', nanodollars, 0)) AS log,
      min(nanodollars) <> max(nanodollars) OR min(model) <> max(model) OR min(inputTokens) <> max(inputTokens)
        OR min(cachedTokens) <> max(cachedTokens) OR min(outputTokens) <> max(outputTokens) AS isDifferent
    FROM call GROUP BY tenantId, id
  ), faulty AS (
    SELECT CASE WHEN inLog = 0 THEN 'not_in_log' WHEN inLedger = 0 THEN 'not_in_ledger'
      WHEN inLog > 1 THEN 'doubled_in_log' WHEN isDifferent THEN 'different' END AS fault, *
    FROM pair
  )`;

const faultyDays = `
  WITH entry AS (
    SELECT tenantId, day, model, count(*) AS calls, sum(inputTokens) AS inputTokens, sum(cachedTokens) AS cachedTokens,
      sum(outputTokens) AS outputTokens, sum(nanodollars) AS nanodollars
    FROM call WHERE book = 'ledger' GROUP BY tenantId, day, model
  ), aggregate AS (
    SELECT tenantId, day, model, sum(calls) AS calls, sum(inputTokens) AS inputTokens, sum(cachedTokens) AS cachedTokens,
      sum(outputTokens) AS outputTokens, sum(nanodollars) AS nanodollars
    FROM daily GROUP BY tenantId, day, model
  )
  SELECT tenantId, day, model, coalesce(entry.nanodollars, 0) AS entries, coalesce(aggregate.nanodollars, 0) AS aggregate
  FROM entry FULL OUTER JOIN aggregate USING (tenantId, day, model)
  WHERE (entry.calls, entry.inputTokens, entry.cachedTokens, entry.outputTokens, entry.nanodollars)
    IS NOT (aggregate.calls, aggregate.inputTokens, aggregate.cachedTokens, aggregate.outputTokens, aggregate.nanodollars)
  ORDER BY day, tenantId, model LIMIT :limit`;

const Sums = v.array(
  v.object({
    day: v.string(),
    model: v.string(),
    calls: v.number(),
    inputTokens: v.number(),
    outputTokens: v.number(),
    nanodollars: v.number(),
  }),
);
const Fault = v.picklist(['not_in_log', 'not_in_ledger', 'doubled_in_log', 'different']);
const FaultSums = v.array(v.object({ fault: Fault, calls: v.number(), nanodollars: v.number() }));
const FaultyCalls = v.array(
  v.object({
    fault: Fault,
    tenantId: v.string(),
    id: v.string(),
    day: v.string(),
    model: v.string(),
    outcome: v.string(),
    ledger: v.number(),
    log: v.number(),
  }),
);
const FaultyDays = v.array(
  v.object({ tenantId: v.string(), day: v.string(), model: v.string(), entries: v.number(), aggregate: v.number() }),
);

function prepareStatements(database: DatabaseSync) {
  return {
    addCall: database.prepare(`INSERT INTO call VALUES (:book, :tenantId, :id, :day, :provider, :model, :isBilled,
      :inputTokens, :cachedTokens, :outputTokens, :nanodollars, :outcome)`),
    addDaily: database.prepare(`INSERT INTO daily VALUES (:tenantId, :day, :model, :calls, :inputTokens, :cachedTokens,
      :outputTokens, :nanodollars)`),
    sums: database.prepare(`SELECT day, model, ${sums} FROM call WHERE book = :book GROUP BY day, model`),
    billable: database.prepare(`SELECT day, model, ${sums} FROM call
      WHERE book = 'ledger' AND isBilled AND provider = coalesce(:provider, provider) GROUP BY day, model`),
    faultSums: database.prepare(`${faulty}
      SELECT fault, count(*) AS calls, sum(abs(ledger - log)) AS nanodollars FROM faulty
      WHERE fault IS NOT NULL GROUP BY fault ORDER BY fault`),
    faultyCalls: database.prepare(`${faulty}
      SELECT * FROM faulty WHERE fault IS NOT NULL ORDER BY abs(ledger - log) DESC, tenantId, id LIMIT :limit`),
    faultyDays: database.prepare(faultyDays),
  };
}

/** On disk as far as they don't fit into a small cache. */
export function createSqliteBooks(): Books {
  const database = new DatabaseSync(temporary);
  database.exec(schema);
  const statements = prepareStatements(database);

  const addCall = (book: 'ledger' | 'log', tenantId: string, entry: LedgerEntry) =>
    void statements.addCall.run({
      book,
      tenantId,
      id: entry.id,
      day: dayOf(entry),
      provider: entry.provider,
      model: entry.model,
      isBilled: Number(isCharged(entry) && !entry.own_key),
      inputTokens: entry.input_tokens,
      cachedTokens: entry.cached_input_tokens,
      outputTokens: entry.output_tokens,
      nanodollars: entry.nanodollars,
      outcome: entry.outcome,
    });

  return {
    addEntry: (tenantId, entry) => addCall('ledger', tenantId, entry),
    addLogged: (tenantId, entry) => addCall('log', tenantId, entry),
    addDaily: (tenantId, usage) =>
      void statements.addDaily.run({
        tenantId,
        day: usage.day,
        model: usage.model,
        calls: usage.requests,
        inputTokens: usage.input_tokens,
        cachedTokens: usage.cached_input_tokens,
        outputTokens: usage.output_tokens,
        nanodollars: usage.nanodollars,
      }),
    ledgerSums: () => v.parse(Sums, statements.sums.all({ book: 'ledger' })),
    logSums: () => v.parse(Sums, statements.sums.all({ book: 'log' })),
    billableSums: (provider) => v.parse(Sums, statements.billable.all({ provider: provider ?? null })),
    faultSums: () => v.parse(FaultSums, statements.faultSums.all()),
    faultyCalls: (limit) => v.parse(FaultyCalls, statements.faultyCalls.all({ limit })),
    faultyDays: (limit) => v.parse(FaultyDays, statements.faultyDays.all({ limit })),
    close: () => database.close(),
  };
}
