import { formatDollars } from '../format-dollars.ts';
import type { CallFault } from './books.ts';
import type { Comparison } from './compare-sums.ts';
import type { Findings } from './findings.ts';

const faultTexts: Record<CallFault, string> = {
  not_in_log: 'not in the log',
  not_in_ledger: 'not in the ledger',
  doubled_in_log: 'more than once in the log',
  different: 'different in the log',
};

/** A control character of a name must not reach the terminal. */
const toPlain = (text: string): string => text.replace(/\p{Cc}/gu, '?');

const toSigned = (number: number, format: (value: number) => string): string =>
  `${number < 0 ? '-' : ''}${format(Math.abs(number))}`;

/** Columns of equal width: the first to the left, the others to the right. */
function toTable(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join('  ').trimEnd());
}

function toPercent(left: number, right: number): string {
  const larger = Math.max(left, right);
  return larger === 0 ? '0 %' : `${(((left - right) / larger) * 100).toFixed(2)} %`;
}

const toCells = ({ name, left, right, isWithin }: Comparison): string[] => [
  toPlain(name),
  toSigned(left.inputTokens - right.inputTokens, String),
  toSigned(left.outputTokens - right.outputTokens, String),
  formatDollars(left.nanodollars),
  formatDollars(right.nanodollars),
  toSigned(left.nanodollars - right.nanodollars, formatDollars),
  toPercent(left.nanodollars, right.nanodollars),
  isWithin ? '' : '!',
];

const toComparison = (other: string, first: string, comparisons: readonly Comparison[]): string[] =>
  toTable([
    [first, 'input tokens ±', 'output tokens ±', 'ledger $', `${other} $`, '± $', '±', ''],
    ...comparisons.map(toCells),
  ]);

function formatLog(log: NonNullable<Findings['log']>): string[] {
  const faults = log.faults.map(
    ({ fault, calls, nanodollars }) => `${calls} calls ${faultTexts[fault]}, apart by $ ${formatDollars(nanodollars)}`,
  );
  const calls = log.calls.map((call) => [
    toPlain(call.id),
    call.tenantId,
    call.day,
    toPlain(call.model),
    call.outcome,
    formatDollars(call.ledger),
    formatDollars(call.log),
    faultTexts[call.fault],
  ]);
  return [
    ...toComparison('log', 'model', [...log.models, log.all]),
    ...(faults.length > 0 ? ['', ...faults] : []),
    ...(calls.length > 0
      ? ['', ...toTable([['call', 'tenant', 'day', 'model', 'outcome', 'ledger $', 'log $', ''], ...calls])]
      : []),
  ];
}

const formatBill = ({ models, all, days }: NonNullable<Findings['bill']>): string[] => [
  ...toComparison('bill', 'model', [...models, all]),
  ...(days.length > 0 ? ['', ...toComparison('bill', 'day and model', days)] : []),
];

const formatDays = (days: Findings['days']): string[] =>
  days.length === 0
    ? ['Daily aggregates are the sums of their entries.']
    : toTable([
        ['daily aggregate', 'tenant', 'model', 'entries $', 'aggregate $'],
        ...days.map(({ day, tenantId, model, entries, aggregate }) => [
          day,
          tenantId,
          toPlain(model),
          formatDollars(entries),
          formatDollars(aggregate),
        ]),
      ]);

const formatLeftOut = (leftOut: readonly string[]): string[] =>
  leftOut.length === 0 ? [] : ['', 'Left out, because not all entries were kept:', ...leftOut];

/** What an operator reads; `!` marks what is apart by more than the tolerance. */
export const formatFindings = ({ log, bill, days, leftOut, isWithin }: Findings): string =>
  [
    ...formatDays(days),
    ...(log ? ['', ...formatLog(log)] : []),
    ...(bill ? ['', ...formatBill(bill)] : []),
    ...formatLeftOut(leftOut),
    '',
    isWithin ? 'within the tolerance' : 'NOT within the tolerance',
    '',
  ].join('\n');
