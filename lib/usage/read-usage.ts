import type { AuditEntry, AuditTrail } from '#lib/audit/audit-trail.ts';
import { recordReading } from '#lib/audit/record-reading.ts';
import { createFindEntry } from '#lib/audit/verbs/find-entry.ts';
import { isTimeout, withTimeout } from '#lib/core/abort.ts';
import { createFairGate } from '#lib/core/fair-gate.ts';
import type { QueueReport } from '#lib/core/gate.ts';
import { ApiError, invalidRequest } from '#lib/core/api-error.ts';
import type { Clock } from '#lib/core/clock.ts';
import { isPermitted, requirePermission } from '#lib/tenancy/role.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import type { CheckMention } from '#lib/tenancy/tenant-mention.ts';
import type { TenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import { splitDays, toDayRange } from './day-range.ts';
import { everyAccount, type TenantAccount } from './every-account.ts';
import { otherUser } from './rows-of-day.ts';
import { createUsageSum, type UsageGroup, type UsageReport } from './usage-report.ts';
import type { DailyUsage, UsageStore } from './usage-store.ts';

export interface ReadUsageDeps {
  usage: Pick<UsageStore, 'daily'>;
  tenants: Pick<TenantRegistry, 'find' | 'list'>;
  checkMention: CheckMention;
  audit: Pick<AuditTrail, 'recordAccess'>;
  now: Clock;
  queue?: QueueReport | undefined;
}

export interface UsageQuestion {
  from: string | undefined;
  to: string | undefined;
  groupBy: readonly UsageGroup[];
  /** Whose, where the platform asks; `undefined` for all tenants together. */
  tenantId: TenantId | undefined;
}

/** Days that are read at once: a tenant of many users fills memory with no more than these. */
const daysAtOnce = 31;

/** Two tenants' users may have one name. */
function requireTellable(groupBy: readonly UsageGroup[]): void {
  if (groupBy.includes('tenant') || !groupBy.some((group) => group === 'user' || group === 'key')) return;
  throw invalidRequest('group_by', 'must hold tenant where users or keys of all tenants are asked for');
}

/** A day's overflow is everybody's, whatever the actor is called. */
function createIsVisible({ role, userId }: Actor): (usage: DailyUsage) => boolean {
  if (isPermitted(role, 'usage:read_all')) return () => true;
  return ({ user_id }) => user_id === userId && user_id !== otherUser;
}

/** A report reads many days from a store that everybody's requests wait for. Of so few a tenant alone leaves one free. */
const reportsAtOnce = 5;
const timeout = 30_000;

/**
 * What a tenant has used, or all of them where the platform asks. Whoever administers nothing sees their own alone.
 * Throws `forbidden`, `tenant_mismatch`, `not_found`, `concurrency_limited`, `overloaded`, `invalid_request` for days or groups that can't be answered.
 */
export function createReadUsage({ usage, tenants, checkMention, audit, now, queue }: ReadUsageDeps) {
  const gate = createFairGate({ limit: reportsAtOnce, queue: 50, report: queue });

  const findEntry = createFindEntry({ tenants, checkMention, audit });

  const accountsFor = (
    actor: Actor,
    { tenantId }: UsageQuestion,
    { account }: AuditEntry,
    signal: AbortSignal,
  ): AsyncIterable<TenantAccount> | TenantAccount[] => {
    if (actor.role !== 'platform_admin') return [{ tenantId: actor.tenantId, account: actor.account }];
    return tenantId && account ? [{ tenantId, account }] : everyAccount(tenants, signal);
  };

  return async (actor: Actor, question: UsageQuestion, signal: AbortSignal): Promise<UsageReport> => {
    requirePermission(actor, 'usage:read');
    const entry = await findEntry(actor, 'usage.read', question.tenantId, signal);
    if (actor.role === 'platform_admin' && question.tenantId === undefined) requireTellable(question.groupBy);
    const range = toDayRange(question, now());

    async function read(limited: AbortSignal): Promise<UsageReport> {
      const isVisible = createIsVisible(actor);
      const sum = createUsageSum(question.groupBy);
      for await (const { tenantId, account } of accountsFor(actor, question, entry, limited)) {
        for (const days of splitDays(range, daysAtOnce)) {
          const rows = await usage.daily(account, days, limited);
          for (const row of rows) if (isVisible(row)) sum.add(tenantId, row);
        }
      }
      return sum.report();
    }

    return recordReading({ audit, actor, entry, signal }, async () => {
      const leave = await gate.enter(actor.tenantId ?? '', 1, signal);
      const limited = withTimeout(signal, timeout);
      try {
        return await read(limited);
      } catch (error) {
        throw isTimeout(limited) ? new ApiError('overloaded', undefined, { cause: error, retryAfter: 5 }) : error;
      } finally {
        leave();
      }
    });
  };
}
