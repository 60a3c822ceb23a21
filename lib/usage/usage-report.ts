import { invalidRequest } from '#lib/core/api-error.ts';
import { isPlatformWork } from './estimate-usage.ts';
import type { DailyUsage } from './usage-store.ts';

export const usageGroups = ['day', 'model', 'user', 'function', 'key', 'tenant'] as const;
export type UsageGroup = (typeof usageGroups)[number];

export type UsageCounts = Omit<DailyUsage, 'day' | 'model' | 'user_id' | 'key_id' | 'function'>;

export interface UsageRow extends UsageCounts {
  /** In the order that they were asked for; `undefined` where no key was used. */
  groups: ReadonlyMap<UsageGroup, string | undefined>;
}

export interface UsageReport {
  rows: UsageRow[];
  total: UsageCounts;
}

/** Sums up what it is given, in memory that grows with the rows of the result alone. */
export interface UsageSum {
  /** Throws `invalid_request` where there would be too many rows. */
  add(tenantId: string, usage: DailyUsage): void;
  /** Rows in the order of their groups. */
  report(): UsageReport;
}

const maxRows = 10_000;

const toCounts = (): UsageCounts => ({
  requests: 0,
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
  nanodollars: 0,
  estimated_nanodollars: 0,
});

function addCounts(sum: UsageCounts, usage: DailyUsage): void {
  sum.requests += isPlatformWork(usage.model) ? 0 : usage.requests;
  sum.input_tokens += usage.input_tokens;
  sum.cached_input_tokens += usage.cached_input_tokens;
  sum.output_tokens += usage.output_tokens;
  sum.nanodollars += usage.nanodollars;
  sum.estimated_nanodollars += usage.estimated_nanodollars;
}

function compareRows(a: UsageRow, b: UsageRow): number {
  for (const [group, value = ''] of a.groups) {
    const other = b.groups.get(group) ?? '';
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}

export function createUsageSum(groupBy: readonly UsageGroup[]): UsageSum {
  const rows = new Map<string, UsageRow>();
  const total = toCounts();

  function findRow(tenant: string, { day, model, user_id, key_id, function: name }: DailyUsage): UsageRow {
    const values = { day, model, user: user_id, function: name, key: key_id, tenant };
    const groups = new Map(groupBy.map((group) => [group, values[group]]));
    const key = JSON.stringify([...groups.values()]);
    const row = rows.get(key) ?? { groups, ...toCounts() };
    rows.set(key, row);
    if (rows.size > maxRows) throw invalidRequest('group_by', `gives more than ${maxRows} rows: ask for fewer`);
    return row;
  }

  return {
    add(tenantId, usage) {
      addCounts(findRow(tenantId, usage), usage);
      addCounts(total, usage);
    },
    report: () => ({ rows: [...rows.values()].toSorted(compareRows), total }),
  };
}
