import { toIsoTime } from '#lib/core/clock.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { Budget } from '#lib/tenancy/tenant.ts';
import { toNanodollars } from '#lib/usage/money.ts';
import type { BudgetClaim } from './admission-store.ts';

type Period = Budget['period'];

const periods: readonly Period[] = ['day', 'month', 'total'];

/** The period that the moment lies in: `2026-11-26`, `2026-11`, `total`. UTC. */
function periodAt(period: Period, now: number): string {
  if (period === 'total') return period;
  return toIsoTime(now).slice(0, period === 'day' ? 10 : 7);
}

const toClaim = (owner: string, period: Period, budget: Budget | undefined, now: number): BudgetClaim => ({
  owner: `${owner}/${period}`,
  period: periodAt(period, now),
  limit: budget?.period === period ? toNanodollars(budget.dollars) : Number.MAX_SAFE_INTEGER,
  isHard: budget?.period === period && budget.hard,
});

/**
 * The budgets that a request is paid from. A tenant's spending is counted by every period, so that a budget that is set
 * later knows what was spent before.
 */
export function toBudgetClaims({ budgets: { tenant, key }, keyId }: TenantScope, now: number): BudgetClaim[] {
  const ofTenant = periods.map((period) => toClaim('tenant', period, tenant, now));
  return key && keyId !== undefined ? [...ofTenant, toClaim(`key:${keyId}`, key.period, key, now)] : ofTenant;
}

export const hasHardBudget = ({ budgets: { tenant, key } }: TenantScope): boolean =>
  tenant?.hard === true || key?.hard === true;
