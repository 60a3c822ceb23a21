import { formatDollars } from './format-dollars.ts';
import { toDollars } from './money.ts';
import { toCsv } from './to-csv.ts';
import type { UsageCounts, UsageGroup, UsageReport } from './usage-report.ts';

/** Usage as clients see it: in dollars. */

const toCountsBody = ({ nanodollars, estimated_nanodollars, ...counts }: UsageCounts) => ({
  ...counts,
  cost_dollars: toDollars(nanodollars),
  estimated_cost_dollars: toDollars(estimated_nanodollars),
});

export const toUsageBody = ({ rows, total }: UsageReport) => ({
  rows: rows.map(({ groups, ...counts }) => ({
    ...Object.fromEntries([...groups].map(([group, value]) => [group, value ?? null])),
    ...toCountsBody(counts),
  })),
  total: toCountsBody(total),
});

const columns = [
  'requests',
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'cost_dollars',
  'estimated_cost_dollars',
];

const toCells = (counts: UsageCounts): string[] => [
  String(counts.requests),
  String(counts.input_tokens),
  String(counts.cached_input_tokens),
  String(counts.output_tokens),
  formatDollars(counts.nanodollars),
  formatDollars(counts.estimated_nanodollars),
];

/** The rows alone: a total among them would be counted twice. */
export const toUsageCsv = (groupBy: readonly UsageGroup[], { rows }: UsageReport): string =>
  toCsv([
    [...groupBy, ...columns],
    ...rows.map((row) => [...[...row.groups.values()].map((value) => value ?? ''), ...toCells(row)]),
  ]);
